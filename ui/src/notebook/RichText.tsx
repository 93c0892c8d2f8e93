/** An artifact in Markdown or HTML, shown like a notebook: in the viewer frame. */

import { useMemo } from "preact/hooks";
import { library } from "../data/library";
import { usePromise } from "../parts/usePromise";
import { Viewer } from "../viewer/Viewer";

export interface RichTextProps {
  kind: "markdown" | "html";
  text: string;
  /** The artifact's name, for people. */
  name?: string;
}

export function RichText({ kind, text, name = "Content of an artifact" }: RichTextProps) {
  const loaded = usePromise(() => library("notebook"), "");
  const page = useMemo(() => {
    if (loaded.state !== "ready") {
      return null;
    }
    return kind === "markdown" ? loaded.value.markdownHtml(text) : loaded.value.htmlPage(text);
  }, [loaded, kind, text]);
  if (loaded.state === "failed") {
    return <p role="alert">This content cannot be shown: {loaded.error}.</p>;
  }
  return page === null ? (
    <p class="viewer-word">Loading …</p>
  ) : (
    <div class="notebook-frame">
      <Viewer page={page} scripts={false} title={name} />
    </div>
  );
}
