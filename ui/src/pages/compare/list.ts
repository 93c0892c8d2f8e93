/** Several texts in one place of an address, where each may hold any character. */

/** `a|b`; a bar within an item is written as `%7C`. */
export function listText(items: string[]): string {
  return items.map((item) => item.replaceAll("%", "%25").replaceAll("|", "%7C")).join("|");
}

/** What `listText` wrote; of nothing, an empty list. */
export function listOf(text: string | null): string[] {
  return (text ?? "")
    .split("|")
    .filter(Boolean)
    .map((item) => item.replaceAll("%7C", "|").replaceAll("%25", "%"));
}
