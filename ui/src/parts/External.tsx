/** A link out of the site: only where the address is one that may stand in a link. */

import type { ComponentChildren } from "preact";
import { safeHref } from "../routing/links";

export function External({ href, children }: { href: unknown; children: ComponentChildren }) {
  const safe = safeHref(href);
  return safe === null ? (
    <span>{children}</span>
  ) : (
    <a href={safe} rel="noopener noreferrer nofollow" target="_blank">
      {children}
    </a>
  );
}
