export function PullRequestPage(_: { number: string; query: URLSearchParams }) {
  return <p>being written</p>;
}
