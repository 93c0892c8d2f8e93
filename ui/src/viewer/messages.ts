/** What the app and a viewer frame say to each other. What comes from a frame may be a stranger's: it is checked. */

export interface Look {
  theme: string;
  hideCode: boolean;
}

export type ToFrame =
  | ({ kind: "show"; html: string } & Look)
  | ({ kind: "look" } & Look)
  | { kind: "scroll"; id: string }
  /** Plotly's source; empty where it could not be loaded. */
  | { kind: "plotly"; source: string };

export type FromFrame =
  | { kind: "ready" }
  | { kind: "height"; height: number }
  /** All is in its place. */
  | { kind: "shown" }
  /** Where the reader shall be taken: pixels from the frame's top. */
  | { kind: "place"; top: number }
  | { kind: "link"; href: string }
  | { kind: "cell"; index: number };

/** A frame is never taller; what is longer scrolls within it. */
export const TALLEST = 100_000;
const LONGEST_LINK = 4096;
const MOST_CELLS = 1_000_000;

/** The message, its numbers within bounds; null for what is none. */
export function readMessage(data: unknown): FromFrame | null {
  if (typeof data !== "object" || data === null || !("kind" in data)) {
    return null;
  }
  const fields = new Map<string, unknown>(Object.entries(data));
  switch (data.kind) {
    case "ready":
    case "shown":
      return { kind: data.kind };
    case "height":
      return { kind: "height", height: within(fields.get("height"), TALLEST) };
    case "place":
      return { kind: "place", top: within(fields.get("top"), TALLEST) };
    case "cell":
      return { kind: "cell", index: Math.floor(within(fields.get("index"), MOST_CELLS)) };
    case "link": {
      const href = fields.get("href");
      return typeof href === "string" && href.length <= LONGEST_LINK ? { kind: "link", href } : null;
    }
    default:
      return null;
  }
}

function within(value: unknown, most: number): number {
  return typeof value === "number" && Number.isFinite(value) ? Math.min(Math.max(value, 0), most) : 0;
}
