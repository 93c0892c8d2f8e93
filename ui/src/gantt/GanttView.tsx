import type { RunDocument } from "../data/contract";

export interface AttemptChoice {
  task: string;
  attempt: number;
}

export interface GanttViewProps {
  run: RunDocument;
  nowMs: number;
  selected: AttemptChoice | null;
  onSelect: (choice: AttemptChoice) => void;
}

/** When each attempt of each task ran. */
export function GanttView({ run, selected, onSelect }: GanttViewProps) {
  return (
    <ul>
      {run.tasks.flatMap((task) =>
        task.attempts.map((attempt) => (
          <li key={`${task.id} ${attempt.number}`}>
            <button
              type="button"
              aria-pressed={selected?.task === task.id && selected.attempt === attempt.number}
              onClick={() => onSelect({ task: task.id, attempt: attempt.number })}
            >
              {task.name} {attempt.number}
            </button>
          </li>
        )),
      )}
    </ul>
  );
}
