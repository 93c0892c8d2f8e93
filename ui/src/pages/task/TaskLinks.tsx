import type { RunDocument } from "../../data/contract";
import { links } from "../../routing/links";

const MOST = 20;

/** Other tasks of the run, by name. */
export function TaskLinks({ run, ids }: { run: RunDocument; ids: string[] }) {
  return (
    <span class="links">
      {ids.length === 0 && <span class="muted">–</span>}
      {ids.slice(0, MOST).map((id) => (
        <a key={id} href={links.task(run.run_id, id)}>
          {id}
        </a>
      ))}
      {ids.length > MOST && <span class="muted">and {ids.length - MOST} more</span>}
    </span>
  );
}
