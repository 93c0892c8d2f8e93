/** The marks of a metric's history: each kind of run has a shape of its own, not only a colour. */

import { metricText } from "../../parts/format";
import type { HistoryPoint } from "../props";
import type { Drawn } from "./history";
import { tenth } from "./history";

export const KINDS: readonly { kind: HistoryPoint["kind"]; word: string }[] = [
  { kind: "main", word: "main" },
  { kind: "pull_request", word: "pull request" },
  { kind: "other", word: "other run" },
];

/** One path for all marks of a kind: thousands of elements would make the page slow. */
export function Marks({ drawn, width }: { drawn: readonly Drawn[]; width: number }) {
  const isDense = drawn.length * 5 > width;
  return (
    <g>
      {KINDS.map(({ kind }) => (
        <path key={kind} class={`mark-of-run mark-${kind}`} d={marksPath(drawn, kind, isDense)} />
      ))}
      <path class="mark-of-run mark-nan" d={edgePath(drawn)} />
      {apart(drawn.filter(({ edge }) => edge !== null)).map(({ point, x, y, edge }) => (
        <text key={`${point.runId} ${x}`} class="edge-text" x={tenth(x + 7)} y={tenth(y + 4)}>
          {edge === "NaN" ? edge : metricText(point.value)}
        </text>
      ))}
    </g>
  );
}

function marksPath(drawn: readonly Drawn[], kind: HistoryPoint["kind"], isDense: boolean): string {
  return drawn
    .filter(({ point, edge }) => point.kind === kind && edge === null)
    .map(({ x, y }) => shapeAt(kind, x, y, isDense))
    .join("");
}

export function shapeAt(kind: HistoryPoint["kind"], x: number, y: number, isDense = false): string {
  const [left, top] = [tenth(x), tenth(y)];
  if (kind === "pull_request") {
    const r = isDense ? 3.5 : 5;
    return `M${left} ${tenth(top - r)}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`;
  }
  const r = isDense ? 1.8 : 3;
  return kind === "main"
    ? `M${tenth(left - r)} ${top}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`
    : `M${tenth(left - r)} ${tenth(top - r)}h${2 * r}v${2 * r}h${-2 * r}z`;
}

/** A cross at the edge stands for a value that has no height. */
function edgePath(drawn: readonly Drawn[]): string {
  return drawn
    .filter(({ edge }) => edge !== null)
    .map(({ x, y }) => `M${tenth(x - 3.5)} ${tenth(y - 3.5)}l7 7m0 -7l-7 7`)
    .join("");
}

const MOST_TEXTS = 8;
const TEXT_WIDTH = 78;

/** The newest that have room for a text beside them. */
function apart(drawn: readonly Drawn[]): Drawn[] {
  const said: Drawn[] = [];
  for (const one of [...drawn].reverse()) {
    const isFree = said.every(({ x, y }) => Math.abs(x - one.x) > TEXT_WIDTH || Math.abs(y - one.y) > 16);
    if (isFree && said.length < MOST_TEXTS) {
      said.push(one);
    }
  }
  return said;
}

/** What stands out is ringed, and the newest are said in a word where there is room. */
export function Flags({ drawn, right }: { drawn: readonly Drawn[]; right: number }) {
  const flagged = drawn.filter(({ point }) => point.flag !== null);
  return (
    <g>
      {flagged.map(({ point, x, y }) => (
        <g key={`${point.runId} ${x}`} class={flagClass(point.flag)}>
          <circle class="flag-ring" cx={tenth(x)} cy={tenth(y)} r="8" />
        </g>
      ))}
      {apart(flagged).map(({ point, x, y }) => {
        const isLeft = x + TEXT_WIDTH > right;
        return (
          <g key={`${point.runId} ${x}`} class={flagClass(point.flag)}>
            <text
              class="flag-text"
              x={tenth(x + (isLeft ? -12 : 12))}
              y={tenth(y + (y < 40 ? 16 : -8))}
              text-anchor={isLeft ? "end" : "start"}
            >
              {wordOf(point.flag ?? "")}
            </text>
          </g>
        );
      })}
    </g>
  );
}

/** A regression is a warning, an improvement is none; what is neither wants to be looked at. */
function flagClass(flag: string | null): string {
  const word = wordOf(flag ?? "");
  return word === "regression" || word === "improvement" ? `flag-${word}` : "flag-change";
}

/** `regression` of `regression: 0.91, main 0.95 ± 0.01`. */
export function wordOf(flag: string): string {
  const word = flag.split(/[:,]/)[0] ?? "";
  return word.length > 24 ? `${word.slice(0, 23)}…` : word;
}
