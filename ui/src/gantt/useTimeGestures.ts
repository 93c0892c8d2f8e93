/** Zooming and panning on the time axis with mouse, wheel and fingers. */

import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { pannedRange, type Range, type Scale, zoomedRange } from "./scale";

/** Further than this a press is a drag, not a click. */
const DRAG_PX = 6;

export interface Gestures {
  /** What is being selected, in shares of the window; null where nothing is. */
  selection: Range | null;
  dragged: RefObject<boolean>;
}

interface Axis {
  scale: Scale;
  range: Range;
  /** Where the time axis lies in the element. */
  leftPx: number;
  axisPx: number;
}

/** A mouse selects a part to zoom to; a finger moves what is zoomed; wheel with Ctrl zooms, sideways it moves. */
export function useTimeGestures(ref: RefObject<HTMLElement>, axis: Axis, onRange: (range: Range) => void): Gestures {
  const [selection, setSelection] = useState<Range | null>(null);
  const dragged = useRef(false);
  const latest = useRef({ axis, onRange });
  latest.current = { axis, onRange };
  useEffect(() => {
    const element = ref.current;
    if (element === null) {
      return;
    }
    let press: { x: number; share: number; isTouch: boolean } | null = null;
    let drawn: Range | null = null;
    const shareAt = (event: MouseEvent) => {
      const { leftPx, axisPx } = latest.current.axis;
      return (event.clientX - element.getBoundingClientRect().left - leftPx) / Math.max(1, axisPx);
    };
    const select = (next: Range | null) => {
      drawn = next;
      setSelection(next);
    };
    const down = (event: PointerEvent) => {
      dragged.current = false;
      const share = shareAt(event);
      if (event.button === 0 && share >= 0 && share <= 1) {
        press = { x: event.clientX, share, isTouch: event.pointerType !== "mouse" };
      }
    };
    const move = (event: PointerEvent) => {
      if (press === null || (!dragged.current && Math.abs(event.clientX - press.x) < DRAG_PX)) {
        return;
      }
      if (!dragged.current) {
        dragged.current = true;
        element.setPointerCapture(event.pointerId);
      }
      const share = Math.min(1, Math.max(0, shareAt(event)));
      const { scale, range } = latest.current.axis;
      if (press.isTouch) {
        latest.current.onRange(pannedRange(range, press.share - share, scale));
        press.share = share;
      } else {
        select({ from: Math.min(press.share, share), to: Math.max(press.share, share) });
      }
    };
    const up = () => {
      if (drawn !== null) {
        const { range } = latest.current.axis;
        const width = range.to - range.from;
        latest.current.onRange({ from: range.from + drawn.from * width, to: range.from + drawn.to * width });
      }
      press = null;
      select(null);
    };
    const cancel = () => {
      press = null;
      select(null);
    };
    const wheel = (event: WheelEvent) => {
      const { scale, range } = latest.current.axis;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const factor = Math.exp(-event.deltaY * (event.deltaMode === 0 ? 0.003 : 0.08));
        latest.current.onRange(zoomedRange(range, Math.min(1, Math.max(0, shareAt(event))), factor, scale));
      } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        latest.current.onRange(pannedRange(range, event.deltaX / Math.max(1, latest.current.axis.axisPx), scale));
      }
    };
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", cancel);
    element.addEventListener("wheel", wheel, { passive: false });
    return () => {
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", cancel);
      element.removeEventListener("wheel", wheel);
    };
  }, [ref]);
  return { selection, dragged };
}
