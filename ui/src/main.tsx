/** Starts the tracker. */

import { render } from "preact";
import "./app.css";
import { App } from "./App";
import { add } from "./data/files";
import { provide } from "./data/library";
import { openSite } from "./data/store";
import { narrowPolicy } from "./parts/policy";
import { startTheme } from "./parts/theme";

narrowPolicy();
window.pdr = { add, provide };
startTheme();
const root = document.getElementById("app");
if (root !== null) {
  root.replaceChildren();
  render(<App />, root);
}
void openSite();
