/** Second step of a layout: the order of the places within each layer, so that few edges cross. */

/** Places in layers; every link leads from a layer to the next. */
export interface Layered {
  /** Places of each layer, in order. */
  layers: number[][];
  /** For each place, the linked places of the layer before, and of the layer after. */
  before: number[][];
  after: number[][];
}

/** Steps of work that sorting may take: it bounds the time for graphs of any size. */
const EFFORT = 400_000;
const MOST_ROUNDS = 24;
const FRUITLESS_ROUNDS = 4;

/**
 * Orders each layer by the mean of the neighbours' positions, to and fro. Where it ends depends on where it starts, so
 * a graph of moderate size is ordered from several starts, and the order with the fewest crossings is taken.
 */
export function orderLayers(graph: Layered): number[][] {
  const size = graph.after.reduce((sum, list) => sum + 1 + list.length, 0);
  const rounds = Math.max(2, Math.min(MOST_ROUNDS, Math.floor(EFFORT / Math.max(size, 1))));
  const starts = [graph.layers];
  if (size * rounds * 4 <= EFFORT) {
    starts.push(graph.layers.map((layer) => [...layer].reverse()));
  }
  let best = graph.layers;
  let fewest = Number.POSITIVE_INFINITY;
  for (const start of starts) {
    for (const forwardFirst of starts.length > 1 ? [true, false] : [true]) {
      const sorted = sweeps(start, graph, rounds, forwardFirst);
      const found = size * rounds <= EFFORT ? swapNeighbours(sorted, graph) : sorted;
      const count = crossings(found, graph);
      if (count < fewest) {
        fewest = count;
        best = found;
      }
    }
  }
  return best;
}

/** The best order that `rounds` sweeps pass through. */
function sweeps(start: number[][], graph: Layered, rounds: number, forwardFirst: boolean): number[][] {
  let layers = start;
  let best = layers;
  let fewest = crossings(layers, graph);
  for (let round = 0, fruitless = 0; round < rounds && fruitless < FRUITLESS_ROUNDS && fewest > 0; round += 1) {
    layers = sweep(layers, graph, (round % 2 === 0) === forwardFirst);
    const found = crossings(layers, graph);
    fruitless += 1;
    if (found < fewest) {
      fewest = found;
      best = layers;
      fruitless = 0;
    }
  }
  return best;
}

function sweep(layers: number[][], graph: Layered, forward: boolean): number[][] {
  const position = positionsOf(layers, graph.before.length);
  const result = layers.map((layer) => [...layer]);
  const count = layers.length;
  for (let step = 1; step < count; step += 1) {
    const at = forward ? step : count - 1 - step;
    const linked = forward ? graph.before : graph.after;
    const sorted = sortByMean(result[at] ?? [], linked, position);
    sorted.forEach((place, index) => {
      position[place] = index;
    });
    result[at] = sorted;
  }
  return result;
}

/** Places without neighbours stay where they are; the others share the remaining positions. */
function sortByMean(layer: number[], linked: number[][], position: Float64Array): number[] {
  const movable: { place: number; mean: number; was: number }[] = [];
  layer.forEach((place, was) => {
    const list = linked[place] ?? [];
    if (list.length > 0) {
      movable.push({ place, was, mean: list.reduce((sum, other) => sum + (position[other] ?? 0), 0) / list.length });
    }
  });
  movable.sort((one, other) => one.mean - other.mean || one.was - other.was);
  let next = 0;
  return layer.map((place) => {
    if ((linked[place] ?? []).length === 0) {
      return place;
    }
    next += 1;
    return movable[next - 1]?.place ?? place;
  });
}

/** Exchanges neighbours in a layer as long as that removes crossings. */
function swapNeighbours(layers: number[][], graph: Layered): number[][] {
  const position = positionsOf(layers, graph.before.length);
  const result = layers.map((layer) => [...layer]);
  for (let round = 0, better = true; better && round < 8; round += 1) {
    better = false;
    for (const layer of result) {
      for (let at = 0; at + 1 < layer.length; at += 1) {
        const [left, right] = [layer[at] as number, layer[at + 1] as number];
        const gain = pairCrossings(left, right, graph, position) - pairCrossings(right, left, graph, position);
        if (gain > 0) {
          layer[at] = right;
          layer[at + 1] = left;
          position[right] = at;
          position[left] = at + 1;
          better = true;
        }
      }
    }
  }
  return result;
}

function pairCrossings(left: number, right: number, graph: Layered, position: Float64Array): number {
  let count = 0;
  for (const linked of [graph.before, graph.after]) {
    for (const one of linked[left] ?? []) {
      for (const other of linked[right] ?? []) {
        count += (position[one] ?? 0) > (position[other] ?? 0) ? 1 : 0;
      }
    }
  }
  return count;
}

function positionsOf(layers: number[][], count: number): Float64Array {
  const position = new Float64Array(count);
  for (const layer of layers) {
    layer.forEach((place, index) => {
      position[place] = index;
    });
  }
  return position;
}

/** How many pairs of links cross. */
export function crossings(layers: number[][], graph: Layered): number {
  const position = positionsOf(layers, graph.before.length);
  let count = 0;
  for (let at = 0; at + 1 < layers.length; at += 1) {
    // Links in order of their start: each crosses those earlier ones that end behind it.
    const ends: number[] = [];
    for (const place of layers[at] ?? []) {
      const targets = (graph.after[place] ?? []).map((other) => position[other] ?? 0);
      ends.push(...targets.sort((one, other) => one - other));
    }
    count += inversions(ends, layers[at + 1]?.length ?? 0);
  }
  return count;
}

/** Counted with a tree of partial sums, in n log n. */
function inversions(values: number[], limit: number): number {
  const tree = new Int32Array(limit + 1);
  let count = 0;
  values.forEach((value, seen) => {
    let notBehind = 0;
    for (let at = value + 1; at > 0; at -= at & -at) {
      notBehind += tree[at] ?? 0;
    }
    count += seen - notBehind;
    for (let at = value + 1; at <= limit; at += at & -at) {
      tree[at] = (tree[at] ?? 0) + 1;
    }
  });
  return count;
}
