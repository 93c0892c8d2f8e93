/** Which runs are those of the main branch: the others are compared with them. */

import type { HistoryPoint } from "../../charts/props";
import type { Row } from "../../data/rows";

export interface Mainline {
  /** Null: no run names a branch, and all that belong to no pull request count. */
  branch: string | null;
  /** Why it is this one, as a sentence. */
  why: string;
}

const USUAL = ["main", "master"];

/** `main` or `master`, the more frequent of both; without these the branch of the most runs. */
export function mainlineOf(rows: Iterable<Row>): Mainline {
  const counts = new Map<string, number>();
  for (const row of rows) {
    // A pull request out of a fork may call its branch `main`.
    if (row.branch !== null && !row.isOfPullRequest) {
      counts.set(row.branch, (counts.get(row.branch) ?? 0) + 1);
    }
  }
  const usual = mostFrequent(
    new Map(USUAL.flatMap((name) => (counts.has(name) ? [[name, counts.get(name) ?? 0]] : []))),
  );
  if (usual !== null) {
    return { branch: usual, why: `The main branch is ${usual}.` };
  }
  const branch = mostFrequent(counts);
  return branch === null
    ? { branch, why: "No run names a branch: all that belong to no pull request count as those of the main branch." }
    : { branch, why: `There is no branch main or master: ${branch}, the branch of the most runs, is taken for it.` };
}

export function kindOf(row: Row, mainline: Mainline): HistoryPoint["kind"] {
  if (row.pullRequest !== null) {
    return "pull_request";
  }
  return !row.isOfPullRequest && row.branch === mainline.branch ? "main" : "other";
}

/** The name with the highest count, the first of equal ones; null for none. */
export function mostFrequent(counts: ReadonlyMap<string, number>): string | null {
  let best: string | null = null;
  for (const [name, count] of counts) {
    if (best === null || count > (counts.get(best) ?? 0)) {
      best = name;
    }
  }
  return best;
}
