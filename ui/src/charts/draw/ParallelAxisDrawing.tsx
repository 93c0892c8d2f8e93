/** One axis of parallel coordinates, on which one strokes with the pointer. */

import { useRef } from "preact/hooks";
import type { Brush } from "../props";
import type { Column } from "./brushes";

interface ParallelAxisProps {
  column: Column;
  x: number;
  /** How wide its name may be. */
  room: number;
  top: number;
  bottom: number;
  brush: Brush | null;
  onStroke: (fromY: number, toY: number) => void;
}

const GRIP = 14;

export function ParallelAxisDrawing({ column, x, room, top, bottom, brush, onStroke }: ParallelAxisProps) {
  const from = useRef<number | null>(null);
  const yOf = (event: PointerEvent) => {
    const box = (event.currentTarget as SVGElement).ownerSVGElement?.getBoundingClientRect();
    return Math.max(top, Math.min(bottom, event.clientY - (box?.top ?? 0)));
  };
  const onPointerDown = (event: PointerEvent) => {
    from.current = yOf(event);
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent) => {
    if (from.current !== null && Math.abs(yOf(event) - from.current) >= 4) {
      onStroke(from.current, yOf(event));
    }
  };
  const onPointerUp = (event: PointerEvent) => {
    if (from.current !== null) {
      onStroke(from.current, yOf(event));
      from.current = null;
    }
  };
  return (
    <g class="axis">
      <line class="base" x1={x} x2={x} y1={top} y2={bottom} />
      <text class="axis-label" x={x} y={top - 28} text-anchor="middle">
        {shortened(column.axis.label, room)}
        <title>{column.axis.label}</title>
      </text>
      {column.scale.isLog && (
        <text x={x} y={top - 13} text-anchor="middle">
          log
        </text>
      )}
      {column.scale.ticks.map(({ value, text }) => (
        <text key={value} class="parallel-tick" x={x + 5} y={column.scale.at(value)} dy="0.32em">
          {shortened(text, room * 0.8)}
        </text>
      ))}
      {brush !== null && <BrushMark column={column} x={x} brush={brush} />}
      <rect
        class="parallel-axis"
        x={x - GRIP}
        y={top - 6}
        width={2 * GRIP}
        height={bottom - top + 12}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => {
          from.current = null;
        }}
      />
    </g>
  );
}

function BrushMark({ column, x, brush }: { column: Column; x: number; brush: Brush }) {
  // A name has a height of its own, also when it is alone.
  const room = column.axis.categories === null ? 0 : 8;
  const high = column.scale.at(brush.high) - room;
  const low = column.scale.at(brush.low) + room;
  return <rect class="brush" x={x - 8} y={high} width="16" height={Math.max(2, low - high)} rx="3" />;
}

/** About seven pixels are a character. */
function shortened(text: string, room: number): string {
  const most = Math.max(3, Math.floor(room / 7));
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
