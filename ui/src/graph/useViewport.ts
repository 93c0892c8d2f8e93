/** Panning and zooming with mouse, wheel, fingers and keys. */

import type { RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Point, Size } from "./shape";
import { bounded, firstView, fitView, revealed, type View, zoomed } from "./viewport";

/** Further than this a press is a drag, not a click. */
const DRAG_PX = 5;
const STEP = 1.3;

export interface Viewport {
  view: View;
  zoomIn: () => void;
  zoomOut: () => void;
  fit: () => void;
  reveal: (box: Point & Size) => void;
  /** Whether the press that ends now moved the drawing: then it is no click. */
  dragged: RefObject<boolean>;
}

/** `focus` is what should be seen first; a new `subject` is looked at anew. */
export function useViewport(
  frameRef: RefObject<SVGSVGElement>,
  drawing: Size,
  frame: Size,
  focus: Point,
  subject: string,
): Viewport {
  const [chosen, setChosen] = useState<{ subject: string; view: View } | null>(null);
  // What is in focus counts only for a new subject.
  const first = useMemo(
    () => firstView(drawing, frame, focus),
    [drawing.width, drawing.height, frame.width, frame.height, subject],
  );
  const view = chosen !== null && chosen.subject === subject ? bounded(chosen.view, drawing, frame) : first;
  const now = useRef({ view, drawing, frame });
  now.current = { view, drawing, frame };
  const change = (make: (view: View, drawing: Size, frame: Size) => View) => {
    const { view: old, drawing: whole, frame: room } = now.current;
    const next = make(old, whole, room);
    // Several events may come before the next drawing.
    now.current.view = next;
    setChosen({ subject, view: next });
  };
  const dragged = useGestures(frameRef, change);
  const zoomMiddle = (factor: number) =>
    change((old, whole, room) => zoomed(old, { x: room.width / 2, y: room.height / 2 }, factor, whole, room));
  return {
    view,
    zoomIn: () => zoomMiddle(STEP),
    zoomOut: () => zoomMiddle(1 / STEP),
    fit: () => change((_, whole, room) => fitView(whole, room)),
    reveal: (box) => change((old, whole, room) => revealed(old, box, whole, room)),
    dragged,
  };
}

type Change = (make: (view: View, drawing: Size, frame: Size) => View) => void;

function useGestures(frameRef: RefObject<SVGSVGElement>, change: Change) {
  const dragged = useRef(false);
  const latest = useRef(change);
  latest.current = change;
  useEffect(() => {
    const element = frameRef.current;
    if (element === null) {
      return;
    }
    const pressed = new Map<number, Point>();
    const place = (event: PointerEvent | WheelEvent): Point => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const down = (event: PointerEvent) => {
      if (event.button === 0) {
        dragged.current = pressed.size > 0;
        pressed.set(event.pointerId, place(event));
      }
    };
    const move = (event: PointerEvent) => {
      const from = pressed.get(event.pointerId);
      if (from === undefined) {
        return;
      }
      const to = place(event);
      if (!dragged.current && Math.hypot(to.x - from.x, to.y - from.y) < DRAG_PX) {
        return;
      }
      dragged.current = true;
      element.setPointerCapture(event.pointerId);
      const other = [...pressed].find(([id]) => id !== event.pointerId)?.[1];
      latest.current((view, drawing, frame) => {
        const factor = other === undefined ? 1 : spread(to, other) / spread(from, other);
        const share = other === undefined ? 1 : 0.5;
        const moved = { ...view, x: view.x + (to.x - from.x) * share, y: view.y + (to.y - from.y) * share };
        return factor === 1 ? bounded(moved, drawing, frame) : zoomed(moved, other ?? to, factor, drawing, frame);
      });
      pressed.set(event.pointerId, to);
    };
    const up = (event: PointerEvent) => pressed.delete(event.pointerId);
    const wheel = (event: WheelEvent) => {
      // Without a key the wheel scrolls the page, as everywhere else.
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const factor = Math.exp(-event.deltaY * (event.deltaMode === 0 ? 0.0025 : 0.06));
        latest.current((view, drawing, frame) => zoomed(view, place(event), factor, drawing, frame));
      } else if (event.deltaX !== 0 && Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        latest.current((view, drawing, frame) => bounded({ ...view, x: view.x - event.deltaX }, drawing, frame));
      }
    };
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", up);
    element.addEventListener("wheel", wheel, { passive: false });
    return () => {
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", up);
      element.removeEventListener("wheel", wheel);
    };
  }, [frameRef]);
  return dragged;
}

function spread(one: Point, other: Point): number {
  return Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
}
