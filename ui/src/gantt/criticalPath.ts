/** Which tasks determined when the run was over. */

import type { RunDocument, TaskDocument } from "../data/contract";
import { taskEnd } from "./times";

/**
 * Ids of the chain of tasks that determined the end, first to last: the task that ended last, before it the one of its
 * needs that ended last, and so on. Shortening any other task does not make the run shorter. Tasks that never ran are
 * not part of it.
 */
export function criticalPath(run: RunDocument, nowMs = Date.now()): string[] {
  const byId = new Map<string, { task: TaskDocument; end: number }>();
  for (const task of run.tasks) {
    const end = task.attempts.length === 0 ? null : taskEnd(task, nowMs);
    if (end !== null && !byId.has(task.id)) {
      byId.set(task.id, { task, end });
    }
  }
  const path: string[] = [];
  let next = latest([...byId.values()]);
  // What is taken is deleted: needs in a circle, as a damaged run log may hold, come to an end.
  while (next !== null) {
    path.unshift(next.task.id);
    byId.delete(next.task.id);
    next = latest(next.task.needs.flatMap((need) => byId.get(need) ?? []));
  }
  return path;
}

function latest<Item extends { end: number }>(items: Item[]): Item | null {
  return items.reduce<Item | null>((last, item) => (last === null || item.end > last.end ? item : last), null);
}
