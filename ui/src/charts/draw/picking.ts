/** One point of a drawing at a time is pointed to: by pointer, by finger, or with the arrow keys. */

import { useState } from "preact/hooks";

export interface Place {
  x: number;
  y: number;
}

interface Picking {
  /** Place in the list of points, -1 for none. */
  active: number;
  handlers: {
    onPointerMove: (event: PointerEvent) => void;
    onPointerLeave: () => void;
    onClick: (event: MouseEvent) => void;
    onKeyDown: (event: KeyboardEvent) => void;
    onFocus: (event: FocusEvent) => void;
    onBlur: () => void;
  };
}

/** `points` from left to right; `nearest` finds the one at a place of the element. */
export function usePicking(
  count: number,
  nearest: (x: number, y: number) => number,
  onSelect: (at: number) => void,
): Picking {
  const [picked, setPicked] = useState(-1);
  const [touched, setTouched] = useState(-1);
  const active = picked < count ? picked : -1;
  const placeOf = (event: MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return nearest(event.clientX - box.left, event.clientY - box.top);
  };
  const onClick = (event: MouseEvent) => {
    const at = placeOf(event);
    const isTouch = (event as PointerEvent).pointerType === "touch";
    // A finger first sees what is there, and opens it with a second tap.
    if (at !== -1 && (!isTouch || at === touched)) {
      onSelect(at);
    }
    setTouched(isTouch ? at : -1);
    setPicked(at);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = keyTarget(event.key, active, count);
    if (next !== null) {
      setPicked(next);
    } else if ((event.key === "Enter" || event.key === " ") && active !== -1) {
      onSelect(active);
    } else if (event.key === "Escape") {
      setPicked(-1);
    } else {
      return;
    }
    event.preventDefault();
  };
  return {
    active,
    handlers: {
      onPointerMove: (event) => event.pointerType !== "touch" && setPicked(placeOf(event)),
      onPointerLeave: () => setPicked(-1),
      onClick,
      onKeyDown,
      // A click gives focus as well, but then the pointer says which one is meant.
      onFocus: (event) =>
        active === -1 && (event.currentTarget as Element).matches(":focus-visible") && setPicked(count - 1),
      onBlur: () => setPicked(-1),
    },
  };
}

function keyTarget(key: string, active: number, count: number): number | null {
  const last = count - 1;
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return Math.max(0, (active === -1 ? count : active) - 1);
    case "ArrowRight":
    case "ArrowUp":
      return Math.min(last, active + 1);
    case "PageUp":
      return Math.min(last, active + 10);
    case "PageDown":
      return Math.max(0, active - 10);
    case "Home":
      return count > 0 ? 0 : -1;
    case "End":
      return last;
    default:
      return null;
  }
}
