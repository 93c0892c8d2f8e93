/** Parts of this program that are loaded when a page needs them: each is a classic script of its own. */

import type { ChartLibrary } from "../entries/charts";
import type { GraphLibrary } from "../entries/graph";
import type { NotebookLibrary } from "../entries/notebook";
import { loadScript } from "./script";

interface Libraries {
  charts: ChartLibrary;
  graph: GraphLibrary;
  notebook: NotebookLibrary;
  /** Source of Plotly, to be run inside a viewer frame. */
  plotly: string;
}

const provided = new Map<keyof Libraries, unknown>();
const awaited = new Map<keyof Libraries, Promise<unknown>>();

/** Called by a library's own script, with what it offers. */
export function provide<Name extends keyof Libraries>(name: Name, library: Libraries[Name]): void {
  provided.set(name, library);
}

/** The library, loaded at most once; rejects where its script cannot be loaded. */
export function library<Name extends keyof Libraries>(name: Name): Promise<Libraries[Name]> {
  let wanted = awaited.get(name);
  if (wanted === undefined) {
    wanted = loadScript(`assets/${name}.js`).then(() => {
      if (!provided.has(name)) {
        throw new Error(`assets/${name}.js was loaded, but gave nothing`);
      }
      return provided.get(name);
    });
    // The next page tries again.
    wanted.catch(() => awaited.delete(name));
    awaited.set(name, wanted);
  }
  return wanted as Promise<Libraries[Name]>;
}
