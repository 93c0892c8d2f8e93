/** Draws Plotly's figures with the site's own Plotly, whose source the frame is handed. */

interface Plotly {
  newPlot(place: Element, data: unknown, layout: unknown, config: object): Promise<unknown>;
}

const CONFIG = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["toImage"] };

/** `source` is run once: the frame's policy names its hash, and lets no other script run. */
export async function drawFigures(places: Element[], source: string): Promise<void> {
  const plotly = source === "" ? undefined : run(source);
  for (const place of places) {
    try {
      if (plotly === undefined) {
        throw new Error("Plotly could not be loaded.");
      }
      const figure = JSON.parse(place.getAttribute("data-figure") ?? "");
      place.replaceChildren();
      await plotly.newPlot(place, figure.data, figure.layout ?? {}, CONFIG);
    } catch (error) {
      place.textContent = `This figure cannot be drawn: ${(error as Error).message}`;
    }
  }
}

function run(source: string): Plotly | undefined {
  const script = document.createElement("script");
  script.textContent = source;
  document.head.append(script);
  script.remove();
  return (window as unknown as { Plotly?: Plotly }).Plotly;
}
