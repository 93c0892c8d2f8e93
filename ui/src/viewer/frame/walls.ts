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

const FRAMES_AND_HINTS = "iframe,frame,frameset,fencedframe,portal,object,embed,link,meta,base";

/** Before a notebook's own scripts run: takes away what could reach beyond the frame. */
export function closeDoors(): void {
  for (const name of DOORS) {
    Object.defineProperty(window, name, { value: undefined, writable: false, configurable: false });
  }
  // A frame within the frame would have all of them again. It is gone before it begins to load.
  const { observe } = MutationObserver.prototype;
  const observer = new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) {
        removeDoors(node);
      }
    }
  });
  const watch = (root: Node) => observe.call(observer, root, { childList: true, subtree: true });
  watch(document);
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function open(init) {
    const root = attachShadow.call(this, init);
    watch(root);
    return root;
  };
}

function removeDoors(node: Node): void {
  if (!(node instanceof Element)) {
    return;
  }
  if (node.matches(FRAMES_AND_HINTS)) {
    node.remove();
    return;
  }
  for (const element of node.querySelectorAll(FRAMES_AND_HINTS)) {
    element.remove();
  }
}
