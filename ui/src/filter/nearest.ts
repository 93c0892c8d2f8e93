/** Which known word was meant. */

/** The known word that is most like `given`; null where none is like it. */
export function nearest(given: string, known: Iterable<string>): string | null {
  const wanted = given.toLowerCase().slice(0, 40);
  let best: string | null = null;
  let fewest = Number.POSITIVE_INFINITY;
  for (const word of known) {
    const edits = editDistance(wanted, word.toLowerCase());
    const isLike = edits <= Math.min(2, Math.floor(word.length / 2)) || sharedPrefix(wanted, word.toLowerCase()) >= 4;
    if (isLike && edits < fewest) {
      best = word;
      fewest = edits;
    }
  }
  return best;
}

function sharedPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) {
    length += 1;
  }
  return length;
}

/** How many characters must be added, taken away or replaced (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
