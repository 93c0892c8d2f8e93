/** Centre and spread that a few strange values do not move. */

/** Makes the median absolute deviation of normal noise its standard deviation. */
const MAD_TO_SIGMA = 1.4826;
/** The same for the mean absolute deviation. */
const MEAN_TO_SIGMA = 1.2533;
/** The standard deviation of normal noise without its values beyond three sigma is smaller by this factor. */
const INLIERS_TO_SIGMA = 1 / 0.9867;

export interface Level {
  centre: number;
  /** Like a standard deviation. Never 0, so that it can be divided by. */
  spread: number;
  count: number;
}

/** The median; NaN for no values. */
export function median(values: ArrayLike<number>): number {
  // Typed arrays are sorted as numbers, and several times as fast: levels are computed for every run of every metric.
  return middleOf(Float64Array.from(values).sort());
}

function middleOf(sorted: Float64Array): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) {
    return Number.NaN;
  }
  // Halved first: the sum of two large numbers is infinite.
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1] as number) / 2 + upper / 2;
}

/**
 * Median, and the standard deviation of what lies within three MAD of it: nearly as exact as a plain standard deviation
 * where the noise is normal, and as hard to mislead as the MAD. Only finite values may come.
 */
export function levelOf(values: ArrayLike<number>): Level {
  const centre = median(values);
  const deviations = Float64Array.from(values, (value) => Math.abs(value - centre)).sort();
  const rough = MAD_TO_SIGMA * middleOf(deviations);
  let spread: number;
  if (rough === 0) {
    // More than half of the values are equal.
    spread = (MEAN_TO_SIGMA * deviations.reduce((sum, deviation) => sum + deviation, 0)) / Math.max(1, values.length);
  } else {
    let [squares, inliers] = [0, 0];
    while (inliers < deviations.length && (deviations[inliers] as number) <= 3 * rough) {
      squares += (deviations[inliers] as number) ** 2;
      inliers += 1;
    }
    spread = INLIERS_TO_SIGMA * Math.sqrt(squares / Math.max(1, inliers - 1));
  }
  return { centre, spread: Math.max(spread, smallestSpread(centre)), count: values.length };
}

/** What the last digits of a number can differ by without a reason: the index holds six. */
function smallestSpread(centre: number): number {
  return Math.max(Math.abs(centre) * 2e-6, Number.MIN_VALUE);
}
