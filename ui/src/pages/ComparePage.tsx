export function ComparePage(_: { query: URLSearchParams }) {
  return <p>being written</p>;
}
