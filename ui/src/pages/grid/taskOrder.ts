/** The tasks of many runs as the columns of one grid. */

/**
 * Every task once, in the order of the first list; a task that only a later list has comes behind the one that it
 * follows there. Lists come newest run first, so that the grid looks like the newest run.
 */
export function taskOrder(lists: Iterable<readonly string[]>): string[] {
  const seenLists = new Set<readonly string[]>();
  const next = new Map<string, string | null>();
  let first: string | null = null;
  for (const tasks of lists) {
    // Runs of a chunk share their lists.
    if (seenLists.has(tasks)) {
      continue;
    }
    seenLists.add(tasks);
    let before: string | null = null;
    for (const task of tasks) {
      if (!next.has(task)) {
        next.set(task, before === null ? first : (next.get(before) ?? null));
        if (before === null) {
          first = task;
        } else {
          next.set(before, task);
        }
      }
      before = task;
    }
  }
  const order: string[] = [];
  for (let task = first; task !== null; task = next.get(task) ?? null) {
    order.push(task);
  }
  return order;
}
