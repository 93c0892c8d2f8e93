/** Outputs and histories of an attempt: in its run's document, or in a file of their own where they are many. */

import type { AttemptDocument, MoreDocument, RunDocument } from "../../data/contract";
import { file } from "../../data/files";
import { hasDetails } from "../../data/pruned";
import { runVersion } from "../../data/store";

export async function everything(run: RunDocument, attempt: AttemptDocument): Promise<MoreDocument> {
  if (attempt.more === null || !hasDetails(run)) {
    return { outputs: attempt.outputs, histories: attempt.histories ?? [] };
  }
  return file("more", `${run.run_id}/${attempt.more}`, runVersion(run.run_id));
}
