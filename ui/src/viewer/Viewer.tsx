/** Shows a stranger's rich content: in a frame with no origin, no network and, unless the reader wants it, no scripts. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { library } from "../data/library";
import { LinkBar } from "./LinkBar";
import { type FromFrame, readMessage, type ToFrame } from "./messages";
import "./surround.css";

export interface ViewerProps {
  page: { html: string; hasPlotly: boolean };
  /** Whether the content's own scripts run. */
  scripts: boolean;
  /** Names the frame, for those who do not see it. */
  title: string;
  hideCode?: boolean;
  /** Id of a cell or heading; each new object goes there, also to where one was before. */
  scrollTo?: { id: string } | null;
  /** A cell's number was clicked. */
  onCell?: ((index: number) => void) | undefined;
}

const FIRST_HEIGHT = 120;
const PATIENCE_MS = 20_000;

/** One frame for each content: a frame that a stranger has had is not used again. */
export function Viewer(props: ViewerProps) {
  const count = useRef(0);
  const key = useMemo(() => {
    count.current += 1;
    return count.current;
  }, [props.page.html, props.scripts]);
  return <Frame key={key} {...props} />;
}

type State = "loading" | "shown" | "late" | "left";

function Frame({ page, scripts, title, hideCode = false, scrollTo = null, onCell }: ViewerProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(FIRST_HEIGHT);
  const [state, setState] = useState<State>("loading");
  const [place, setPlace] = useState<{ top: number } | null>(null);
  const [link, setLink] = useState<string | null>(null);
  const ready = useRef(false);
  const loads = useRef(0);
  const asked = useRef(false);
  const send = (message: ToFrame) => {
    if (ready.current) {
      // The frame's origin is "null", which cannot be named.
      frame.current?.contentWindow?.postMessage(message, "*");
    }
  };
  const current = useRef({ hideCode, onCell });
  current.current = { hideCode, onCell };

  const hear = (message: FromFrame) => {
    switch (message.kind) {
      case "ready":
        if (!ready.current) {
          ready.current = true;
          send({ kind: "show", html: page.html, ...look(current.current.hideCode) });
          if (page.hasPlotly) {
            library("plotly").then(
              (source) => send({ kind: "plotly", source }),
              () => send({ kind: "plotly", source: "" }),
            );
          }
        }
        break;
      case "height":
        setHeight(Math.max(message.height, 1));
        setState((before) => (before === "left" ? before : "shown"));
        break;
      case "shown":
        break;
      case "place":
        if (asked.current || isReaderActing()) {
          asked.current = false;
          setPlace({ top: message.top });
        }
        break;
      case "link":
        if (isReaderActing()) {
          setLink(message.href);
        }
        break;
      case "cell":
        if (isReaderActing()) {
          current.current.onCell?.(message.index);
        }
        break;
    }
  };

  // Before the frame can have begun to load.
  useLayoutEffect(() => {
    const onMessage = (event: MessageEvent) => {
      if (frame.current !== null && event.source === frame.current.contentWindow) {
        const message = readMessage(event.data);
        if (message !== null) {
          hear(message);
        }
      }
    };
    addEventListener("message", onMessage);
    const patience = setTimeout(() => setState((before) => (before === "loading" ? "late" : before)), PATIENCE_MS);
    const themes = new MutationObserver(() => send({ kind: "look", ...look(current.current.hideCode) }));
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      removeEventListener("message", onMessage);
      clearTimeout(patience);
      themes.disconnect();
    };
  }, []);
  useEffect(() => send({ kind: "look", ...look(hideCode) }), [hideCode]);
  useEffect(() => {
    if (scrollTo !== null) {
      asked.current = true;
      send({ kind: "scroll", id: scrollTo.id });
    }
  }, [scrollTo, state]);
  // After the frame has the height that it reported before.
  useLayoutEffect(() => {
    if (place !== null) {
      scrollFrameTo(frame.current, place.top);
    }
  }, [place]);

  const onLoad = () => {
    loads.current += 1;
    if (loads.current > 1) {
      // Its content has led the frame elsewhere.
      setState("left");
    }
  };
  if (state === "left") {
    return <p class="viewer-word">This content tried to leave the page, and was closed.</p>;
  }
  return (
    <div class="viewer">
      {state === "loading" && <p class="viewer-word">Loading …</p>}
      {state === "late" && (
        <p class="viewer-word" role="alert">
          The viewer does not answer. Reloading the page may help; in a folder that was unpacked, viewer.html must be
          there.
        </p>
      )}
      <iframe
        ref={frame}
        sandbox="allow-scripts"
        src={scripts ? "viewer-scripts.html" : "viewer.html"}
        title={title}
        height={height}
        onLoad={onLoad}
      />
      {link !== null && <LinkBar href={link} onClose={() => setLink(null)} />}
    </div>
  );
}

function look(hideCode: boolean): { theme: string; hideCode: boolean } {
  return { theme: document.documentElement.dataset.theme ?? "light", hideCode };
}

/** A click within the frame counts here too, so that content alone can neither scroll the page nor ask anything. */
function isReaderActing(): boolean {
  return navigator.userActivation?.isActive ?? true;
}

function scrollFrameTo(frame: HTMLIFrameElement | null, top: number): void {
  if (frame !== null) {
    const header = Number.parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
    const from = frame.getBoundingClientRect().top + window.scrollY;
    window.scrollTo({ top: from + top - header });
  }
}
