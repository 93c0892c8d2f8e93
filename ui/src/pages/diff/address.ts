/** Which two notebooks the address of the diff page means. */

import { address } from "../../routing/route";
import { listOf, listText } from "../compare/list";

/** A task of a run, twice: before, and after. */
export interface Sides {
  taskIds: [string, string];
  runIds: [string, string];
}

/** The same task of two runs, or two tasks: of two runs, or of one. */
export function diffAddress(taskIds: [string, string], runIds: [string, string]): string {
  const isSame = taskIds[0] === taskIds[1];
  return address(["diff"], {
    task: isSame ? taskIds[0] : null,
    tasks: isSame ? null : listText(taskIds),
    runs: runIds.join(","),
  });
}

/** Null where the address does not name two notebooks. */
export function sidesOf(query: URLSearchParams): Sides | null {
  const [firstRun, secondRun] = (query.get("runs") ?? "").split(",").filter(Boolean);
  const task = query.get("task");
  const [first, second] = task === null ? listOf(query.get("tasks")) : [task, task];
  if (first === undefined || second === undefined || firstRun === undefined) {
    return null;
  }
  return { taskIds: [first, second], runIds: [firstRun, secondRun ?? firstRun] };
}
