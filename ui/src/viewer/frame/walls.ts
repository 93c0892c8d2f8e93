/** What closes the frame further than its sandbox and content policy can. */

/**
 * Whether this page stands in a sandbox. Without one it would have the site's own origin, and a stranger's content must
 * not: some other page may have framed it. A file's origin is "null" too, but it has storage.
 */
export function isInSandbox(): boolean {
  if (window.parent === window || window.origin !== "null") {
    return false;
  }
  try {
    return window.localStorage === undefined;
  } catch {
    return true;
  }
}

// Policies say nothing of these: they reach other machines by other ways than requests.
const DOORS = [
  "RTCPeerConnection",
  "webkitRTCPeerConnection",
  "RTCDataChannel",
  "RTCIceTransport",
  "WebTransport",
  "WebSocketStream",
  "TCPSocket",
  "UDPSocket",
  "PresentationRequest",
  "PaymentRequest",
  "Worker",
  "SharedWorker",
  "open",
];

// Ways to have a shadow tree without `attachShadow`, or another document in this place.
const UNSAFE_PARSERS: [owner: object, name: string][] = [
  [Element.prototype, "setHTMLUnsafe"],
  [ShadowRoot.prototype, "setHTMLUnsafe"],
  [Document, "parseHTMLUnsafe"],
  [Document.prototype, "open"],
  [Document.prototype, "write"],
  [Document.prototype, "writeln"],
];

const FRAMES_AND_HINTS = "iframe,frame,frameset,fencedframe,portal,object,embed,link,meta,base";

/** Before a notebook's own scripts run: takes away what could reach beyond the frame. */
export function closeDoors(): void {
  for (const name of DOORS) {
    take(window, name);
  }
  for (const [owner, name] of UNSAFE_PARSERS) {
    take(owner, name);
  }
  watch(document, Document.prototype.querySelector);
  const { attachShadow } = Element.prototype;
  const { querySelector } = ShadowRoot.prototype;
  Element.prototype.attachShadow = function attach(init) {
    const root = apply(attachShadow, this, [init]);
    watch(root, querySelector);
    return root;
  };
}

function take(owner: object, name: string): void {
  Object.defineProperty(owner, name, { value: undefined, writable: false, configurable: false });
}

// Kept from before a script could replace them; nothing else is called once scripts run.
const { apply } = Reflect;
const { observe } = MutationObserver.prototype;
const { remove } = Element.prototype;
const WHAT: MutationObserverInit = Object.assign(Object.create(null), { childList: true, subtree: true });

/** A frame within the frame would have all doors again: it is gone before it begins to load. */
function watch(root: Document | ShadowRoot, querySelector: ParentNode["querySelector"]): void {
  const selector = [FRAMES_AND_HINTS];
  const nothing: [] = [];
  const observer = new MutationObserver(() => {
    for (
      let found = apply(querySelector, root, selector);
      found !== null;
      found = apply(querySelector, root, selector)
    ) {
      apply(remove, found, nothing);
    }
  });
  apply(observe, observer, [root, WHAT]);
}
