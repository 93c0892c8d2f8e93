/** A promise as a component sees it. */

import { useEffect, useState } from "preact/hooks";
import { messageOf } from "../data/store";

export type Loaded<T> = { state: "loading" } | { state: "ready"; value: T } | { state: "failed"; error: string };

/** Begins anew whenever `key` changes; while it does, what is there stays to be seen. */
export function usePromise<T>(begin: () => Promise<T>, key: string): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: "loading" });
  useEffect(() => {
    let isCurrent = true;
    begin().then(
      (value) => isCurrent && setLoaded({ state: "ready", value }),
      (error: unknown) => isCurrent && setLoaded({ state: "failed", error: messageOf(error) }),
    );
    return () => {
      isCurrent = false;
    };
  }, [key]);
  return loaded;
}
