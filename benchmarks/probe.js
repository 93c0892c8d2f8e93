// What tracker.py asks of a page: when something was drawn, until when the page was busy, how soon it answers.
globalThis.probe = (() => {
  let busyUntil = 0;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      busyUntil = Math.max(busyUntil, startTime + duration);
    }
  }).observe({ type: "longtask", buffered: true });

  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  /** The time when the next frame has been made: a message that its own callback posts comes after layout and paint. */
  const painted = () =>
    new Promise((resolve) =>
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(null);
      }),
    );

  const onChange = (act) => {
    const watcher = new MutationObserver(act);
    watcher.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    return watcher;
  };

  /** The time when the first frame has been made in which `isThere()` holds. */
  const drawn = (isThere) =>
    new Promise((resolve) => {
      const look = () => {
        if (isThere()) {
          watcher.disconnect();
          painted().then(resolve);
        }
      };
      const watcher = onChange(look);
      look();
    });

  /** Milliseconds from `act()` until `isThere()` is drawn. */
  const timed = async (act, isThere) => {
    const start = performance.now();
    act();
    return (await drawn(isThere)) - start;
  };

  /** The end of the last task of more than 50 ms, once none has ended for a second. */
  const idle = async () => {
    do {
      await pause(200);
    } while (performance.now() - busyUntil < 1000);
    return busyUntil;
  };

  const answers = [];
  /**
   * Records, for each key and click, the milliseconds until the frame after the last change of the page that came
   * before the next key or click.
   */
  const listen = () => {
    const mark = () => {
      const answer = answers.at(-1);
      if (answer !== undefined) {
        painted().then((at) => {
          answer.ms = Math.max(answer.ms, at - answer.start);
        });
      }
    };
    for (const type of ["keydown", "click"]) {
      addEventListener(
        type,
        ({ timeStamp }) => {
          answers.push({ start: timeStamp, ms: 0 });
          mark();
        },
        { capture: true },
      );
    }
    onChange(mark);
  };
  const heard = () => answers.splice(0).map(({ ms }) => ms);

  return { drawn, timed, idle, listen, heard };
})();
