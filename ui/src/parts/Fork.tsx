/** Marks what comes from a pull request of another repository. */

export function Fork({ isShort = false }: { isShort?: boolean }) {
  return <span class="fork">{isShort ? "fork" : "from a fork"}</span>;
}
