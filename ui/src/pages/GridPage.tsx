export function GridPage(_: { query: URLSearchParams }) {
  return <p>being written</p>;
}
