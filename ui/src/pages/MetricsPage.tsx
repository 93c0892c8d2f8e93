export function MetricsPage(_: { query: URLSearchParams }) {
  return <p>being written</p>;
}
