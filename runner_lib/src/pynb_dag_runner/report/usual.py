"""What is usual for a value on the main line, and whether another one lies outside of it.

The tracker's pages judge in the same way: ``ui/src/stats`` has the same rules, numbers and words, so that a job summary and
the page that it leads to agree. The tracker also starts anew where main's level moved for good; here a move only widens
what counts as usual.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from pynb_dag_runner.report.summary import metric_text

WINDOW = 30
"""So many of main's newest runs say what is usual: a month of daily ones."""
FEWEST = 5
"""Fewer values are no level."""
SHORTEST_LEVEL = 10
"""Fewer values do not tell whether another one stands out."""

_SINGLE_SIGMAS = 3.5
_USUAL_SPREADS = 2
_MAD_TO_SIGMA = 1.4826
_MEAN_TO_SIGMA = 1.2533
_INLIERS_TO_SIGMA = 1 / 0.9867
# The index of a site holds six digits.
_LAST_DIGITS = 2e-6
_NOTHING = 1e-12
_SMALLEST = math.ulp(0.0)

HIGHER = (
    "accuracy acc auc auroc auprc ap f1 precision recall r2 score iou dice ndcg mrr bleu rouge kappa mcc psnr ssim "
    "sensitivity specificity throughput speedup coverage correct"
)
LOWER = (
    "loss error errors err mae mse rmse rmsle mape smape mad perplexity ppl wer cer fid brier nll crossentropy ece "
    "latency duration time runtime seconds misclassified failures missing regret"
)
_BETTER = dict.fromkeys(HIGHER.split(), "higher") | dict.fromkeys(LOWER.split(), "lower")


@dataclass(frozen=True)
class Level:
    """Centre and spread that a few strange values do not move; ``spread`` is like a standard deviation, and never 0."""

    centre: float
    spread: float
    count: int

    @property
    def is_known(self) -> bool:
        """Whether there are enough values to tell what is unusual."""
        return self.count >= SHORTEST_LEVEL

    def is_far(self, value: float) -> bool:
        """Whether ``value`` lies farther out than chance explains; never where too little is known."""
        # A spread estimated from few values is often too small.
        most = _SINGLE_SIGMAS * (1 + 4 / self.count) * self.spread
        return self.is_known and abs(value - self.centre) > max(most, _NOTHING)

    def text(self) -> str:
        """``0.94 to 0.96``: where nearly all values lie."""
        if self.spread == _SMALLEST:
            return metric_text(self.centre)
        low, high = (self.centre + sign * _USUAL_SPREADS * self.spread for sign in (-1, 1))
        ratio = abs(self.centre) / self.spread + 1
        # Enough digits to tell both ends apart.
        digits = min(10, max(3, math.ceil(math.log10(ratio)) + 1)) if math.isfinite(ratio) else 3
        ends = [metric_text(float(f"{end:.{digits}g}")) for end in (low, high)]
        return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def level_of(values: Sequence[float]) -> Level | None:
    """The level of the newest finite values, oldest first; None where there are too few."""
    known = [value for value in values if math.isfinite(value)][-WINDOW:]
    if len(known) < FEWEST:
        return None
    centre = _median(known)
    deviations = sorted(abs(value - centre) for value in known)
    rough = _MAD_TO_SIGMA * _median(deviations)
    if rough == 0:
        # More than half of the values are equal.
        spread = _MEAN_TO_SIGMA * sum(deviations) / len(known)
    else:
        inliers = [deviation for deviation in deviations if deviation <= 3 * rough]
        spread = _INLIERS_TO_SIGMA * math.hypot(*inliers) / math.sqrt(max(1, len(inliers) - 1))
    return Level(centre, max(spread, abs(centre) * _LAST_DIGITS, _SMALLEST), len(known))


def verdict_of(name: str, is_higher: bool) -> str:
    """``regression`` or ``improvement`` as far as the metric's name tells, else ``change``: nobody knows which it is."""
    words = re.split(r"[^a-z0-9]+", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name[:200]).lower())
    hints = {_BETTER[word] for word in words if word in _BETTER}
    if len(hints) != 1:
        return "change"
    return "improvement" if (hints == {"higher"}) == is_higher else "regression"


def _median(values: Sequence[float]) -> float:
    # Halved first: the sum of two large numbers is infinite.
    return 2 * median(value / 2 for value in values)
