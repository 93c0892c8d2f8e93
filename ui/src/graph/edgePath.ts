/** The curve of an edge. */

import type { Direction, Point } from "./shape";

/** Leaves and enters along the graph's direction; straight where its points lie in line. */
export function edgePath(points: Point[], direction: Direction): string {
  const parts: string[] = [];
  points.forEach((point, index) => {
    const last = points[index - 1];
    const end = `${rounded(point.x)} ${rounded(point.y)}`;
    if (last === undefined) {
      parts.push(`M${end}`);
    } else if (Math.abs(last.x - point.x) < 0.5 || Math.abs(last.y - point.y) < 0.5) {
      parts.push(`L${end}`);
    } else if (direction === "right") {
      const middle = rounded((last.x + point.x) / 2);
      parts.push(`C${middle} ${rounded(last.y)} ${middle} ${rounded(point.y)} ${end}`);
    } else {
      const middle = rounded((last.y + point.y) / 2);
      parts.push(`C${rounded(last.x)} ${middle} ${rounded(point.x)} ${middle} ${end}`);
    }
  });
  return parts.join("");
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
