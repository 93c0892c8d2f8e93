/** The rows that the filter in the address lets through. */

import { useMemo } from "preact/hooks";
import type { Row } from "../data/rows";
import { needDetails } from "../data/store";
import { compile } from "../filter/compile";
import { type FilterError, usesOf } from "../filter/grammar";
import { parse } from "../filter/parse";

export interface Filtered {
  rows: Row[];
  error: FilterError | null;
}

/** A filter that cannot be read lets everything through, and says why. */
export function useFilter(rows: Row[], text: string): Filtered {
  const parsed = useMemo(() => parse(text), [text]);
  if (parsed.filter !== undefined) {
    const uses = usesOf(parsed.filter);
    if (uses.metrics.size > 0 || uses.tasks) {
      needDetails();
    }
  }
  return useMemo(() => {
    if (parsed.error !== undefined) {
      return { rows, error: parsed.error };
    }
    if (text.trim() === "") {
      return { rows, error: null };
    }
    const test = compile(parsed.filter, Date.now());
    return { rows: rows.filter(test), error: null };
  }, [rows, parsed]);
}
