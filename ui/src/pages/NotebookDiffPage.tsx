export function NotebookDiffPage(_: { query: URLSearchParams }) {
  return <p>being written</p>;
}
