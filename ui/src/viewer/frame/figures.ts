/** Draws Plotly's figures with the site's own Plotly, whose source the frame is handed. */

import { create } from "./create";

interface Plotly {
  newPlot(place: Element, data: unknown, layout: unknown, config: object): Promise<unknown>;
}

const USUAL_HEIGHT = 450;
const CONFIG = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["toImage"] };

/** `source` is run once: the frame's policy names its hash, and lets no other script run. */
export async function drawFigures(places: HTMLElement[], source: string): Promise<void> {
  const plotly = source === "" ? undefined : run(source);
  for (const place of places) {
    try {
      if (plotly === undefined) {
        throw new Error("Plotly could not be loaded.");
      }
      const figure = JSON.parse(place.getAttribute("data-figure") ?? "");
      place.replaceChildren();
      // Plotly takes the height of what it stands in, and that has none yet.
      place.style.height = typeof figure.layout?.height === "number" ? "" : `${USUAL_HEIGHT}px`;
      await plotly.newPlot(place, figure.data, figure.layout ?? {}, CONFIG);
    } catch (error) {
      place.textContent = `This figure cannot be drawn: ${(error as Error).message}`;
    }
  }
}

function run(source: string): Plotly | undefined {
  const script = create("script");
  script.textContent = source;
  document.head.append(script);
  script.remove();
  return (window as unknown as { Plotly?: Plotly }).Plotly;
}
