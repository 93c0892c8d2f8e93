/** assets/graph.js: how a graph is laid out, loaded when a page first shows one. */

import { layout } from "../graph/layout";

export interface GraphLibrary {
  layout: typeof layout;
}

pdr.provide("graph", { layout });
