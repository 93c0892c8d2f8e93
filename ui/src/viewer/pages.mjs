// Builds the two viewer pages: each is one file with its own program, styles and content policy.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { build, transform } from "esbuild";

/** `plotlyHash` is `sha256-...` of the source that the app hands to a frame. */
export async function viewerPages(here, plotlyHash) {
  const styles = await stylesOf(here);
  const quiet = await programOf(here, false);
  const loud = await programOf(here, true);
  return [
    ["viewer.html", page(quiet, styles, policy(`'${sha256(quiet)}' '${plotlyHash}'`))],
    // Hashes beside 'unsafe-inline' would switch it off.
    ["viewer-scripts.html", page(loud, styles, policy("'unsafe-inline'"))],
  ];
}

function policy(scripts) {
  return [
    "default-src 'none'",
    `script-src ${scripts}`,
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "font-src data:",
    "media-src data: blob:",
    "connect-src 'none'",
    "worker-src 'none'",
    "frame-src 'none'",
    "object-src 'none'",
    "form-action 'none'",
    "base-uri 'none'",
  ].join("; ");
}

function page(program, styles, contentPolicy) {
  return `<!doctype html>
<html lang="en">
<head>
<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">
<meta charset="utf-8">
<meta http-equiv="x-dns-prefetch-control" content="off">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Viewer</title>
<style>${styles}</style>
</head>
<body>
<main></main>
<script>${program}</script>
</body>
</html>
`;
}

async function programOf(here, runsScripts) {
  const result = await build({
    absWorkingDir: here,
    entryPoints: ["src/viewer/frame/main.ts"],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    define: { RUNS_SCRIPTS: String(runsScripts) },
  });
  return result.outputFiles[0].text.trim();
}

async function stylesOf(here) {
  const read = (name) => readFile(path.join(here, name), "utf8");
  // On white paper the colours are those of the light theme, whatever the theme is.
  const theme = (await read("src/theme.css")).replace(":root {", ":root, .paper {");
  // Temml's own font is left out: the reader's fonts draw formulas.
  const formulas = (await read("node_modules/temml/dist/Temml-Local.css")).replace(/@font-face\s*\{[^}]*\}/g, "");
  const all = [theme, formulas, await read("src/viewer/viewer.css")].join("\n");
  const { code } = await transform(all, { loader: "css", minify: true, charset: "utf8", target: "chrome110" });
  return code.trim();
}

function sha256(text) {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
