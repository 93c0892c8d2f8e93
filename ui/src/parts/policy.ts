/** The page's content policy, narrower than it can be written into index.html, which does not know where it will lie. */

/**
 * Over http, `'self'` is the whole origin, and on GitHub Pages that is every site of an owner. Here it becomes this site
 * alone: neither scripts nor frames come from a neighbour. Policies add up, so this one can only forbid.
 */
export function narrowPolicy(): void {
  if (!/^https?:$/.test(location.protocol)) {
    return;
  }
  const folder = new URL(".", location.href).href.replace(/[;,]/g, encodeURIComponent);
  const meta = document.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content =
    `script-src ${folder}assets/ ${folder}data/; ` + `frame-src ${folder}viewer.html ${folder}viewer-scripts.html`;
  document.head.append(meta);
}
