/** Loads a classic script, the only way that works on file:// as well as over http. */

const TIMEOUT_MS = 30_000;

/** `path` is relative to index.html. Rejects when it does not load within half a minute. */
export function loadScript(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const end = (error?: string) => {
      clearTimeout(timer);
      script.remove();
      if (error === undefined) {
        resolve();
      } else {
        reject(new Error(error));
      }
    };
    const timer = setTimeout(() => end(`${path} did not load within ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS);
    script.onload = () => end();
    script.onerror = () => end(`${path} could not be loaded`);
    script.src = path;
    document.head.append(script);
  });
}
