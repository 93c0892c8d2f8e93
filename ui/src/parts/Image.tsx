/** A picture out of the run log, loaded when it comes near the window. */

import { useEffect, useRef, useState } from "preact/hooks";
import { artifactBytes, dataAddress } from "../data/content";
import type { ArtifactDocument, RunDocument } from "../data/contract";
import { messageOf, runVersion } from "../data/store";

export function Image({ run, artifact }: { run: RunDocument; artifact: ArtifactDocument }) {
  const box = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<{ address: string } | { error: string } | null>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) {
      return;
    }
    const watcher = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) {
          watcher.disconnect();
          artifactBytes(run, artifact, runVersion(run.run_id)).then(
            (bytes) => setShown({ address: dataAddress(bytes, artifact.media_type) }),
            (error: unknown) => setShown({ error: messageOf(error) }),
          );
        }
      },
      { rootMargin: "400px" },
    );
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [run.run_id, artifact.sha256]);
  return (
    <div ref={box} class="picture">
      {shown === null ? (
        <span class="muted">Loading …</span>
      ) : "error" in shown ? (
        <span class="failure-text">{shown.error}</span>
      ) : (
        <img src={shown.address} alt={artifact.name} />
      )}
    </div>
  );
}
