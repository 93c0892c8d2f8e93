import type { TaskDocument } from "../data/contract";

export interface DagViewProps {
  tasks: TaskDocument[];
  selected: string | null;
  onSelect: (taskId: string) => void;
}

/** The tasks of a run as a graph of what needs what. */
export function DagView({ tasks, selected, onSelect }: DagViewProps) {
  return (
    <ul>
      {tasks.map((task) => (
        <li key={task.id}>
          <button type="button" aria-pressed={task.id === selected} onClick={() => onSelect(task.id)}>
            {task.name}
          </button>
        </li>
      ))}
    </ul>
  );
}
