/**
 * Tasks that are the same for people, though their ids differ: an id holds the parameters, and a run that changed one
 * of them would have nothing in common with the others. Where no run has two tasks of a name, the name is enough.
 */

import type { RunDocument, TaskDocument } from "../../data/contract";

export interface Aligned {
  /** With the same ids for the same tasks. */
  runs: RunDocument[];
  /** The run's own id of a task, null where it has none. */
  ownId: (place: number, task: string) => string | null;
}

export function alignTasks(runs: RunDocument[]): Aligned {
  const names = namesForIds(runs);
  const shown = ({ id, name }: TaskDocument) => (names.has(name) ? name : id);
  const ownIds = runs.map((run) => new Map(run.tasks.map((task) => [shown(task), task.id])));
  return {
    runs: names.size === 0 ? runs : runs.map((run) => renamed(run, shown)),
    ownId: (place, task) => ownIds[place]?.get(task) ?? null,
  };
}

/** Names that stand once in each run that has them, with ids that are not the same in all. */
function namesForIds(runs: RunDocument[]): Set<string> {
  const ids = new Map<string, Set<string>>();
  const repeated = new Set<string>();
  for (const run of runs) {
    const seen = new Set<string>();
    for (const { id, name } of run.tasks) {
      if (seen.has(name)) {
        repeated.add(name);
      }
      seen.add(name);
      ids.set(name, (ids.get(name) ?? new Set()).add(id));
    }
  }
  // A name that is another task's id would hide that task.
  const taken = new Set(runs.flatMap((run) => run.tasks.filter(({ id, name }) => id !== name).map(({ id }) => id)));
  return new Set(
    [...ids].filter(([name, of]) => of.size > 1 && !repeated.has(name) && !taken.has(name)).map(([name]) => name),
  );
}

function renamed(run: RunDocument, shown: (task: TaskDocument) => string): RunDocument {
  const names = new Map(run.tasks.map((task) => [task.id, shown(task)]));
  return {
    ...run,
    tasks: run.tasks.map((task) => ({
      ...task,
      id: shown(task),
      needs: task.needs.map((id) => names.get(id) ?? id),
    })),
  };
}
