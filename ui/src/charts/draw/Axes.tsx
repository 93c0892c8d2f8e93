/** The axes of a chart: marks, their texts, and what the axes show. */

import type { Scale } from "./scales";

export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export function YAxis({ scale, frame }: { scale: Scale; frame: Frame }) {
  return (
    <g class="axis">
      {scale.ticks.map(({ value, text }) => (
        <g key={value} transform={`translate(0 ${scale.at(value)})`}>
          <line class="grid" x1={frame.left} x2={frame.right} />
          <text x={frame.left - 8} dy="0.32em" text-anchor="end">
            {text}
          </text>
        </g>
      ))}
    </g>
  );
}

export function XAxis({ scale, frame, label }: { scale: Scale; frame: Frame; label?: string }) {
  return (
    <g class="axis">
      <line class="base" x1={frame.left} x2={frame.right} y1={frame.bottom} y2={frame.bottom} />
      {scale.ticks.map(({ value, text }) => {
        const x = scale.at(value);
        return (
          <g key={value}>
            <line class="base" x1={x} x2={x} y1={frame.bottom} y2={frame.bottom + 4} />
            <text x={x} y={frame.bottom + 17} text-anchor={anchorAt(x, text, frame)}>
              {text.length > 12 ? `${text.slice(0, 11)}…` : text}
            </text>
          </g>
        );
      })}
      {label !== undefined && (
        <text class="axis-label" x={frame.right} y={frame.bottom + 34} text-anchor="end">
          {label}
        </text>
      )}
    </g>
  );
}

/** Texts at the ends stay within the drawing. */
function anchorAt(x: number, text: string, frame: Frame): "start" | "middle" | "end" {
  const half = Math.min(12, text.length) * 3.2;
  if (x + half > frame.right + 12) {
    return "end";
  }
  return x - half < frame.left - 40 ? "start" : "middle";
}
