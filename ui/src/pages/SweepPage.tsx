export function SweepPage(_: { query: URLSearchParams }) {
  return <p>being written</p>;
}
