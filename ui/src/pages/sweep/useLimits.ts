/** The limits of the axes: at once for the page, and a moment later in the address. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Brush } from "../../charts/props";
import { changeQuery } from "../../routing/route";
import { limitsOf, limitsText } from "./limits";

/** Browsers refuse an address that changes with each move of the pointer. */
const PAUSE_MS = 300;

export interface Limits {
  limits: ReadonlyMap<string, Brush>;
  /** Another one whenever the limits came from the address, and not from the chart. */
  origin: number;
  change: (limits: ReadonlyMap<string, Brush>) => void;
}

export function useLimits(text: string | null): Limits {
  const [{ limits, origin }, set] = useState({ limits: limitsOf(text) as ReadonlyMap<string, Brush>, origin: 0 });
  const written = useRef(text);
  const timer = useRef(0);
  useEffect(() => {
    if (text !== written.current) {
      written.current = text;
      set((old) => ({ limits: limitsOf(text), origin: old.origin + 1 }));
    }
  }, [text]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (next: ReadonlyMap<string, Brush>) => {
    set((old) => ({ ...old, limits: next }));
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      written.current = limitsText(next);
      changeQuery({ keep: written.current });
    }, PAUSE_MS);
  };
  return { limits, origin, change };
}
