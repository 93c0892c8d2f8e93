/** Chooses how a graph is laid out. */

import { dagreLayout } from "./dagreLayout";
import type { Direction, GraphLayout, GraphShape } from "./shape";

/** Places of the nodes and edges of a graph without cycles. */
export function layout(shape: GraphShape, direction: Direction): GraphLayout {
  return dagreLayout(shape, direction);
}
