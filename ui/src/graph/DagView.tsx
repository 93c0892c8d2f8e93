/** The tasks of a run as a graph of what needs what. */

import { useMemo, useRef, useState } from "preact/hooks";
import type { TaskDocument } from "../data/contract";
import { library } from "../data/library";
import { StatusMark } from "../parts/Status";
import { usePromise } from "../parts/usePromise";
import { DagCanvas } from "./DagCanvas";
import { GroupChips } from "./DagTools";
import { taskTitle } from "./facts";
import { planGraph } from "./plan";
import type { Direction } from "./shape";
import { type TaskGraph, taskGraph } from "./taskGraph";
import { useWidth } from "./useSize";

export interface DagViewProps {
  tasks: TaskDocument[];
  selected: string | null;
  onSelect: (taskId: string) => void;
}

/** Below, the graph runs down instead of to the right. */
const PHONE_PX = 600;

export function DagView(props: DagViewProps) {
  return props.tasks.length === 0 ? <p class="muted">This run has no tasks.</p> : <Dag {...props} />;
}

function Dag({ tasks, selected, onSelect }: DagViewProps) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const graph = useMemo(() => taskGraph(tasks), [tasks]);
  const loaded = usePromise(() => library("graph"), "graph");
  const host = useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const direction: Direction = width < PHONE_PX ? "down" : "right";
  const plan = useMemo(() => planGraph(graph, chosen, direction), [graph, chosen, direction]);
  const choose = (changes: [key: string, isFolded: boolean][]) => setChosen(new Map([...chosen, ...changes]));
  const notices = [...graph.problems, ...(plan.notice === null ? [] : [plan.notice])];
  const chips = <GroupChips plan={plan} graph={graph} onFold={choose} />;
  return (
    <div class="dag" ref={host}>
      {notices.map((text) => (
        <p class="dag-notice" key={text}>
          {text}
        </p>
      ))}
      {plan.tooLarge || loaded.state === "failed" ? (
        <>
          {chips}
          <TaskList
            graph={graph}
            selected={selected}
            onSelect={onSelect}
            reason={
              loaded.state === "failed"
                ? `The graph cannot be drawn (${loaded.error}); these are its tasks:`
                : `${plan.folded.nodes.length} nodes are too many to draw; these are the tasks:`
            }
          />
        </>
      ) : (
        width > 0 &&
        loaded.state === "ready" && (
          <DagCanvas
            graph={graph}
            plan={plan}
            direction={direction}
            width={width}
            layout={loaded.value.layout}
            selected={selected}
            onSelect={onSelect}
            onUnfold={(key) => choose([[key, false]])}
          >
            {chips}
          </DagCanvas>
        )
      )}
    </div>
  );
}

interface TaskListProps {
  graph: TaskGraph;
  selected: string | null;
  onSelect: (taskId: string) => void;
  reason: string;
}

/** In place of a graph that cannot be drawn. */
function TaskList({ graph, selected, onSelect, reason }: TaskListProps) {
  return (
    <>
      <p class="dag-notice">{reason}</p>
      <ul class="dag-list">
        {graph.order.map((at) => {
          const task = graph.tasks[at] as TaskDocument;
          return (
            <li key={at}>
              <button type="button" aria-pressed={task.id === selected} onClick={() => onSelect(task.id)}>
                <StatusMark status={task.status} /> {taskTitle(task)}
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}
