/** Which part of a drawing is seen, and how large: screen = drawing * scale + offset. */

import type { Point, Size } from "./shape";

export interface View extends Point {
  scale: number;
}

/** Empty room around the drawing. */
export const MARGIN = 16;
const SMALLEST = 0.05;
const LARGEST = 2.5;
/** Below, names can hardly be read. */
const READABLE = 0.62;

/** The whole drawing, in the middle, never larger than life. */
export function fitView(drawing: Size, frame: Size): View {
  const room = (extent: number) => Math.max(1, extent - 2 * MARGIN);
  const scale = Math.max(
    SMALLEST,
    Math.min(1, room(frame.width) / Math.max(1, drawing.width), room(frame.height) / Math.max(1, drawing.height)),
  );
  return centred(drawing, frame, scale);
}

function centred(drawing: Size, frame: Size, scale: number): View {
  return {
    scale,
    x: (frame.width - drawing.width * scale) / 2,
    y: (frame.height - drawing.height * scale) / 2,
  };
}

/** The whole drawing where that can be read; otherwise a part in readable size, with `focus` in sight. */
export function firstView(drawing: Size, frame: Size, focus: Point): View {
  const whole = fitView(drawing, frame);
  if (whole.scale >= READABLE) {
    return whole;
  }
  const scale = READABLE * 1.15;
  return bounded(
    { scale, x: frame.width / 2 - focus.x * scale, y: frame.height / 2 - focus.y * scale },
    drawing,
    frame,
  );
}

/** Larger by `factor`, with `at` (on the screen) staying where it is. */
export function zoomed(view: View, at: Point, factor: number, drawing: Size, frame: Size): View {
  const smallest = Math.min(fitView(drawing, frame).scale, 0.5);
  const scale = Math.min(LARGEST, Math.max(smallest, view.scale * factor));
  const ratio = scale / view.scale;
  return bounded({ scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio }, drawing, frame);
}

/** Never so far off that empty room lies in the frame while the drawing has more to show. */
export function bounded(view: View, drawing: Size, frame: Size): View {
  return {
    scale: view.scale,
    x: boundedOffset(view.x, drawing.width * view.scale, frame.width),
    y: boundedOffset(view.y, drawing.height * view.scale, frame.height),
  };
}

function boundedOffset(offset: number, extent: number, frame: number): number {
  if (extent + 2 * MARGIN <= frame) {
    return (frame - extent) / 2;
  }
  return Math.min(MARGIN, Math.max(frame - extent - MARGIN, offset));
}

/** Moved as little as possible so that the rectangle is seen. */
export function revealed(view: View, box: Point & Size, drawing: Size, frame: Size): View {
  const shift = (low: number, high: number, extent: number) => {
    if (low < MARGIN) {
      return MARGIN - low;
    }
    return high > extent - MARGIN ? extent - MARGIN - high : 0;
  };
  const x = box.x * view.scale + view.x;
  const y = box.y * view.scale + view.y;
  const moved = {
    scale: view.scale,
    x: view.x + shift(x, x + box.width * view.scale, frame.width),
    y: view.y + shift(y, y + box.height * view.scale, frame.height),
  };
  return bounded(moved, drawing, frame);
}

const LOWEST = 100;
const HIGHEST = 640;

/** Height of the frame: what the drawing needs at full width, and never more than a good part of the window. */
export function frameHeight(drawing: Size, width: number, windowHeight: number): number {
  const scale = Math.min(1, Math.max(READABLE, (width - 2 * MARGIN) / Math.max(1, drawing.width)));
  const most = Math.max(LOWEST * 2, Math.min(HIGHEST, windowHeight * 0.68));
  return Math.round(Math.min(most, Math.max(LOWEST, drawing.height * scale + 2 * MARGIN)));
}
