/** The present moment, for what goes on while one looks at it. */

import { useEffect, useState } from "preact/hooks";

/** Milliseconds since 1970; once a second again while `isMoving`. */
export function useNow(isMoving: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isMoving) {
      return;
    }
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [isMoving]);
  return now;
}
