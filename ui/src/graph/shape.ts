/** What a layout is made of and gives: sizes and places alone, nothing of what is drawn there. */

export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

/** Nodes are known by their number; an edge leads from what is needed to what needs it. */
export interface GraphShape {
  nodes: Size[];
  edges: [from: number, to: number][];
}

export type Direction = "right" | "down";

export interface GraphLayout extends Size {
  /** Top left corner of each node. */
  nodes: Point[];
  /** For each edge, the points that its curve passes: start, bends, end. */
  edges: Point[][];
}
