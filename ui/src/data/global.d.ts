import type { add } from "./files";
import type { provide } from "./library";

declare global {
  /** What scripts of data and of libraries call. */
  interface Window {
    pdr: { add: typeof add; provide: typeof provide };
  }
  const pdr: Window["pdr"];
}
