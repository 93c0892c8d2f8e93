/** How tall the content is: a frame does not grow by itself, so the app is told. */

import { type FromFrame, TALLEST } from "../messages";

// Content that is as tall as the frame and a little more would make it grow for ever: after so many steps it scrolls.
const MOST_STEPS = 10;
const PAUSE_MS = 1500;

/** Class of the page while the app makes the frame as tall as the content, which then never scrolls by itself. */
export const FOLLOWS = "follows";

export function startHeight(root: HTMLElement, send: (message: FromFrame) => void): () => void {
  const page = document.documentElement;
  let last = 0;
  let steps = 0;
  let framed = innerHeight;
  let lastTime = 0;
  const report = () => {
    const height = Math.ceil(root.scrollHeight);
    if (height === last || steps > MOST_STEPS) {
      return;
    }
    const now = performance.now();
    const followsFrame = innerHeight !== framed && height > last && now - lastTime < PAUSE_MS;
    steps = followsFrame ? steps + 1 : 0;
    framed = innerHeight;
    lastTime = now;
    last = height;
    // A scroll bar that comes and goes would change the width, and the height with it.
    page.classList.toggle(FOLLOWS, steps <= MOST_STEPS && height <= TALLEST);
    send({ kind: "height", height });
  };
  new ResizeObserver(report).observe(root);
  addEventListener("load", report, true);
  return report;
}
