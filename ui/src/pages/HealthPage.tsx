export function HealthPage(_: { query: URLSearchParams }) {
  return <p>being written</p>;
}
