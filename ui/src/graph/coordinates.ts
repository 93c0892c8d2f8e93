/** Third step of a layout: where in its layer each place lies, so that edges are straight and nothing overlaps. */

import type { Layered } from "./ordering";

const ROUNDS = 14;

export interface Breadths {
  /** Extent of each place across the layers. */
  size: number[];
  /** Whether the place is a bend of a long edge rather than a node. */
  bend: boolean[];
  nodeGap: number;
  bendGap: number;
}

/** Centre of each place across the layers, the smallest border at 0. The order within layers is kept. */
export function placeAcross(layers: number[][], graph: Layered, breadths: Breadths): Float64Array {
  const centre = new Float64Array(breadths.size.length);
  const offsets = layers.map((layer) => offsetsOf(layer, breadths));
  layers.forEach((layer, at) => {
    layer.forEach((place, index) => {
      centre[place] = offsets[at]?.[index] ?? 0;
    });
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    // First each layer follows one neighbour, to and fro; at last both.
    const both = round >= ROUNDS - 4;
    const forward = round % 2 === 0;
    for (let step = 0; step < layers.length; step += 1) {
      const at = forward ? step : layers.length - 1 - step;
      const wanted = (layers[at] ?? []).map((place) =>
        wish(place, graph, breadths.bend, centre, both || forward, both || !forward),
      );
      settle(layers[at] ?? [], offsets[at] ?? [], wanted, centre);
    }
  }
  const first = centre.reduce(
    (lowest, value, place) => Math.min(lowest, value - (breadths.size[place] ?? 0) / 2),
    1e300,
  );
  return centre.map((value) => value - first);
}

/** Distance of each place's centre from the first one's when they stand as close as they may. */
function offsetsOf(layer: number[], { size, bend, nodeGap, bendGap }: Breadths): number[] {
  let at = 0;
  return layer.map((place, index) => {
    if (index > 0) {
      const last = layer[index - 1] as number;
      const gap = bend[place] && bend[last] ? bendGap : nodeGap;
      at += ((size[last] ?? 0) + (size[place] ?? 0)) / 2 + gap;
    }
    return at;
  });
}

interface Wish {
  centre: number;
  weight: number;
}

/** Mean of the neighbours' centres. A link between two bends weighs most: long edges become straight. */
function wish(
  place: number,
  graph: Layered,
  bend: boolean[],
  centre: Float64Array,
  withBefore: boolean,
  withAfter: boolean,
): Wish {
  let sum = 0;
  let weight = 0;
  for (const list of [withBefore ? graph.before[place] : [], withAfter ? graph.after[place] : []]) {
    for (const other of list ?? []) {
      const pull = bend[place] && bend[other] ? 8 : bend[place] || bend[other] ? 2 : 1;
      sum += pull * (centre[other] ?? 0);
      weight += pull;
    }
  }
  return weight === 0 ? { centre: centre[place] ?? 0, weight: 0.05 } : { centre: sum / weight, weight };
}

/**
 * The centres nearest to the wished ones (least squares) that keep order and distance: places that want to be nearer than
 * they may become a block that moves as one (pool adjacent violators).
 */
function settle(layer: number[], offsets: number[], wanted: Wish[], centre: Float64Array): void {
  const blocks: { start: number; mean: number; weight: number }[] = [];
  wanted.forEach(({ centre: goal, weight }, index) => {
    let block = { start: index, mean: goal - (offsets[index] ?? 0), weight };
    for (let last = blocks.at(-1); last !== undefined && last.mean >= block.mean; last = blocks.at(-1)) {
      const together = last.weight + block.weight;
      block = {
        start: last.start,
        mean: (last.mean * last.weight + block.mean * block.weight) / together,
        weight: together,
      };
      blocks.pop();
    }
    blocks.push(block);
  });
  blocks.forEach((block, number) => {
    const end = blocks[number + 1]?.start ?? layer.length;
    for (let index = block.start; index < end; index += 1) {
      centre[layer[index] as number] = block.mean + (offsets[index] ?? 0);
    }
  });
}
