/** A link of untrusted content leads somewhere only through here, where the reader sees to where. */

import { safeHref } from "../routing/links";

export function LinkBar({ href, onClose }: { href: string; onClose: () => void }) {
  const safe = safeHref(href);
  const address = safe !== null && URL.canParse(safe) ? new URL(safe) : null;
  return (
    <div class="link-bar" role="status">
      {address === null ? (
        <p>
          This link leads to nothing outside of this content: <code>{href.slice(0, 300)}</code>
        </p>
      ) : (
        <p>
          This content links to <strong>{address.host || address.pathname}</strong>:{" "}
          <a href={address.href} target="_blank" rel="noopener noreferrer nofollow">
            {address.href.length > 300 ? `${address.href.slice(0, 300)} …` : address.href}
          </a>
        </p>
      )}
      <button type="button" onClick={onClose}>
        Close
      </button>
    </div>
  );
}
