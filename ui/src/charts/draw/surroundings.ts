/** What a drawing must know of the page around it: how wide it may be, and its colours. */

import { useEffect, useLayoutEffect, useState } from "preact/hooks";

/** The width of an element in CSS pixels, 0 until it is known. */
export function useWidth(element: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const observed = element.current;
    if (observed === null) {
      return;
    }
    setWidth(Math.floor(observed.clientWidth));
    const observer = new ResizeObserver(() => setWidth(Math.floor(observed.clientWidth)));
    observer.observe(observed);
    return () => observer.disconnect();
  }, []);
  return width;
}

/** Changes whenever the page's colours do: what is drawn on a canvas must then be drawn anew. */
export function useTheme(): number {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const next = () => setVersion((before) => before + 1);
    const observer = new MutationObserver(next);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => observer.disconnect();
  }, []);
  return version;
}

/** The value of a CSS custom property, such as `--accent`. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "gray";
}

const SERIES = 8;
const DASHES: number[][] = [[], [7, 4], [2, 3], [9, 3, 2, 3]];

/** Series are told apart by colour, and by their dashes for those who see no colours. */
export function seriesColour(number: number): string {
  return `--series-${(number % SERIES) + 1}`;
}

export function seriesDash(number: number): number[] {
  return DASHES[(number + Math.floor(number / SERIES)) % DASHES.length] as number[];
}

/** A colour between two, as `#rrggbb` (both given so); `share` from 0 to 1. */
export function between(low: string, high: string, share: number): string {
  const parts = (text: string) => [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16));
  const [a, b] = [parts(low), parts(high)];
  const mixed = a.map((part, at) => Math.round(part + ((b[at] as number) - part) * share));
  return `rgb(${mixed.join(" ")})`;
}

/** Sizes a canvas for the screen's pixels and clears it; null where there is no canvas. */
export function cleared(
  canvas: HTMLCanvasElement | null,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const context = canvas?.getContext("2d") ?? null;
  if (canvas === null || context === null) {
    return null;
  }
  const ratio = Math.min(3, window.devicePixelRatio || 1);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
