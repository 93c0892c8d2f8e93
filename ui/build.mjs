// Builds the front end into the folder that ships with the library. The same sources give the same bytes.
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { viewerPages } from "./src/viewer/pages.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const bundle = path.resolve(process.argv[2] ?? path.join(here, "../runner_lib/src/pynb_dag_runner/site/bundle"));
// Whoever uses the bundle that is there must not meet half of the next one.
const target = `${bundle}.new`;
const assets = path.join(target, "assets");

await rm(target, { recursive: true, force: true });
await mkdir(assets, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: {
    app: "src/main.tsx",
    charts: "src/entries/charts.ts",
    graph: "src/entries/graph.ts",
    notebook: "src/entries/notebook.ts",
  },
  outdir: assets,
  bundle: true,
  format: "iife",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
});
const plotly = await readFile(path.join(here, "node_modules/plotly.js-basic-dist-min/plotly-basic.min.js"), "utf8");
// A page on file:// cannot read a script's text, and a viewer frame must be given it.
await writeFile(path.join(assets, "plotly.js"), `pdr.provide("plotly",${inScript(plotly)});\n`);
for (const [name, html] of await viewerPages(here, sha256(plotly))) {
  await writeFile(path.join(target, name), html);
}
await cp(path.join(here, "src/index.html"), path.join(target, "index.html"));
await rm(bundle, { recursive: true, force: true });
await rename(target, bundle);

function inScript(text) {
  return JSON.stringify(text)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

function sha256(text) {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
