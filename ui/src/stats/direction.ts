/** Which way a metric is better, as far as its name tells. */

import type { Finding } from "./regressions";

export type Better = "higher" | "lower";
export type Verdict = "regression" | "improvement" | "change";

const WORDS = new Map<string, Better>();
const HIGHER =
  "accuracy acc auc auroc auprc ap f1 precision recall r2 score iou dice ndcg mrr bleu rouge kappa mcc psnr ssim " +
  "sensitivity specificity throughput speedup coverage correct";
const LOWER =
  "loss error errors err mae mse rmse rmsle mape smape mad perplexity ppl wer cer fid brier nll crossentropy ece " +
  "latency duration time runtime seconds misclassified failures missing regret";
for (const word of HIGHER.split(" ")) {
  WORDS.set(word, "higher");
}
for (const word of LOWER.split(" ")) {
  WORDS.set(word, "lower");
}

/** Null where the name says nothing, or both: `accuracy_loss`. */
export function betterOf(name: string): Better | null {
  const words = name
    .slice(0, 200)
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  const hints = new Set(words.flatMap((word) => WORDS.get(word) ?? []));
  return hints.size === 1 ? ([...hints][0] as Better) : null;
}

/** What a move of this metric is: `change` where nobody can tell whether it is good. */
export function verdictOf(name: string, direction: Finding["direction"]): Verdict {
  const better = betterOf(name);
  if (better === null) {
    return "change";
  }
  return (better === "higher") === (direction === "up") ? "improvement" : "regression";
}
