export function MetricPage(_: { query: URLSearchParams }) {
  return <p>being written</p>;
}
