/** assets/graph.js: how a graph is laid out, loaded when a page first shows one. */

import { layout } from "../graph/layout";

export interface GraphLibrary {
  layout: typeof layout;
}

declare const pdr: { provide(name: "graph", library: GraphLibrary): void };

pdr.provide("graph", { layout });
