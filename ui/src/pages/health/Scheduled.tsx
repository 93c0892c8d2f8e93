/** Says when daily runs have stopped to come, and what to click. */

import { sourceOf, workflowAddress } from "../../data/source";
import { External } from "../../parts/External";
import { counted } from "../../parts/format";
import { Notice } from "../../parts/Notice";
import { Time } from "../../parts/Time";
import { useRun } from "../../parts/useRun";
import { DAY_MS, type Schedule } from "./schedule";

export function Stopped({ schedule: { newest, startMs } }: { schedule: Schedule }) {
  const loaded = useRun(newest.runId);
  const run = loaded.state === "ready" ? loaded.value : null;
  const repository = run === null ? null : sourceOf(run).repository;
  const address =
    run === null ? null : (workflowAddress(run) ?? (repository === null ? null : `${repository}/actions`));
  const days = Math.floor((Date.now() - startMs) / DAY_MS);
  return (
    <Notice kind="warning" title={`No scheduled run for ${counted(days, "day")}`}>
      <p>
        They came daily until <Time ms={startMs} />. GitHub switches a schedule off in a public repository without
        commits for 60 days, and in a new fork. To switch it on, open at GitHub: <b>Actions</b>, <b>Daily</b>,{" "}
        <b>Enable workflow</b>. If it is on, look there why it did not run, and whether publishing this site fails.
      </p>
      {address !== null && <External href={address}>Open it at GitHub</External>}
    </Notice>
  );
}
