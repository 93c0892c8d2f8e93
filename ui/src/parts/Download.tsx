/** Hands bytes to the reader as a file. They never get an address that a browser would show as a page. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { messageOf } from "../data/store";

interface Props {
  name: string;
  content: () => Promise<Uint8Array | string>;
  children: ComponentChildren;
}

export function Download({ name, content, children }: Props) {
  const [state, setState] = useState<"" | "loading" | { error: string }>("");
  const start = async () => {
    setState("loading");
    try {
      save(name, await content());
      setState("");
    } catch (error) {
      setState({ error: messageOf(error) });
    }
  };
  return (
    <span class="download">
      <button type="button" onClick={start} disabled={state === "loading"}>
        {state === "loading" ? "Loading …" : children}
      </button>
      {typeof state === "object" && (
        <span role="alert" class="failure-text">
          {state.error}
        </span>
      )}
    </span>
  );
}

/** Offers `content` as a file of this name. */
function save(name: string, content: Uint8Array | string): void {
  const blob = new Blob([content as BlobPart], { type: "application/octet-stream" });
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName(name);
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** `name` without folders and without what a file system or a reader could take for something else. */
function fileName(name: string): string {
  const last = name.split(/[/\\]/).pop() ?? "";
  const plain = last.replace(/[\p{C}<>:"|?*]/gu, "-").replace(/^[.\s]+/, "");
  return plain === "" ? "unnamed" : plain.slice(-150);
}
