/** What is said of the point under the pointer. People who do not see it hear the same from the drawing itself. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface TooltipProps {
  x: number;
  y: number;
  /** Width of the drawing, within which it stays. */
  width: number;
  children: ComponentChildren;
}

export function Tooltip({ x, y, width, children }: TooltipProps) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (element !== null) {
      const { offsetWidth, offsetHeight } = element;
      const left = Math.max(0, Math.min(width - offsetWidth, x - offsetWidth / 2));
      const top = y - offsetHeight - 14;
      element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top < -30 ? y + 18 : top)}px)`;
    }
  });
  return (
    <div class="chart-tooltip" ref={box} aria-hidden="true">
      {children}
    </div>
  );
}
