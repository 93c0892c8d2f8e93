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
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) {
    return Number.NaN;
  }
  // Halved first: the sum of two large numbers is infinite.
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1] as number) / 2 + upper / 2;
}

/** Median absolute deviation, as a standard deviation. */
export function madSpread(values: readonly number[], centre = median(values)): number {
  return MAD_TO_SIGMA * median(values.map((value) => Math.abs(value - centre)));
}

/**
 * Median, and the standard deviation of what lies within three MAD of it: nearly as exact as a plain standard deviation
 * where the noise is normal, and as hard to mislead as the MAD. Only finite values may come.
 */
export function levelOf(values: readonly number[]): Level {
  const centre = median(values);
  const deviations = values.map((value) => Math.abs(value - centre));
  const rough = MAD_TO_SIGMA * median(deviations);
  const inliers = deviations.filter((deviation) => deviation <= 3 * rough);
  const squares = inliers.reduce((sum, deviation) => sum + deviation * deviation, 0);
  let spread = INLIERS_TO_SIGMA * Math.sqrt(squares / Math.max(1, inliers.length - 1));
  if (rough === 0) {
    // More than half of the values are equal.
    spread = (MEAN_TO_SIGMA * deviations.reduce((sum, deviation) => sum + deviation, 0)) / Math.max(1, values.length);
  }
  return { centre, spread: Math.max(spread, smallestSpread(centre)), count: values.length };
}

/** What the last digits of a number can differ by without a reason: the index holds six. */
function smallestSpread(centre: number): number {
  return Math.max(Math.abs(centre) * 2e-6, Number.MIN_VALUE);
}
