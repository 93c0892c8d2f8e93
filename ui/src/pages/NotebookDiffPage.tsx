/** How the evaluated notebooks of two tasks differ, cell by cell: most often one task in two runs. */

import { useMemo, useState } from "preact/hooks";
import { diffNotebooks } from "../compare/notebookDiff";
import { hasMedia } from "../data/pruned";
import { commitAddress, isFromFork, sourceOf } from "../data/source";
import type { NotebookCell } from "../notebook/cells";
import { External } from "../parts/External";
import { Fork } from "../parts/Fork";
import { counted } from "../parts/format";
import { Notice } from "../parts/Notice";
import { StatusBadge } from "../parts/Status";
import { Time } from "../parts/Time";
import { links } from "../routing/links";
import { changeQuery } from "../routing/route";
import { diffAddress, type Sides, sidesOf } from "./diff/address";
import { type Block, blocksOf } from "./diff/blocks";
import { CellDiff, SameSource } from "./diff/CellDiff";
import { type Side, useNotebook } from "./diff/useNotebook";

const FIRST_BLOCKS = 60;

export function NotebookDiffPage({ query }: { query: URLSearchParams }) {
  const sides = sidesOf(query);
  if (sides === null) {
    return (
      <Notice
        kind="failure"
        title="Two notebooks are needed"
        text="The address must name a task and two runs. Compare two runs: each of their tasks leads here."
      >
        <a href={links.runs()}>All runs</a>
      </Notice>
    );
  }
  return <Difference key={JSON.stringify(sides)} sides={sides} outputs={query.get("outputs") !== "0"} />;
}

function Difference({ sides: { taskIds, runIds }, outputs }: { sides: Sides; outputs: boolean }) {
  const before = useNotebook(runIds[0], taskIds[0]);
  const after = useNotebook(runIds[1], taskIds[1]);
  return (
    <article class="notebook-diff">
      <p class="crumbs">
        <a href={links.runs()}>Runs</a>
        {runIds[0] !== runIds[1] && <a href={links.compare(runIds)}>Compare</a>}
      </p>
      <h1>
        Notebook diff <bdi class="wrap">{taskIds[0] === taskIds[1] ? taskIds[0] : `${taskIds[0]} → ${taskIds[1]}`}</bdi>
      </h1>
      {before.state === "ready" && after.state === "ready" ? (
        <>
          <div class="diff-sides">
            <SideHead word="Before" side={before.value} />
            <SideHead word="After" side={after.value} />
          </div>
          <div class="actions">
            <a class="button" href={diffAddress([taskIds[1], taskIds[0]], [runIds[1], runIds[0]])}>
              ⇄ Swap
            </a>
            <label class="choice">
              <input
                type="checkbox"
                checked={!outputs}
                onChange={() => changeQuery({ outputs: outputs ? "0" : null })}
              />
              Source only
            </label>
          </div>
          {before.value.cells !== null && after.value.cells !== null && (
            <Cells before={before.value.cells} after={after.value.cells} outputs={outputs} />
          )}
        </>
      ) : (
        <p class="muted">Loading the notebooks …</p>
      )}
    </article>
  );
}

function SideHead({ word, side }: { word: string; side: Side }) {
  const { run, task } = side;
  const hasExpired = run !== null && !hasMedia(run);
  const { revision, pullRequest } = run === null ? { revision: null, pullRequest: null } : sourceOf(run);
  return (
    <section class="section" aria-label={word}>
      <h2>
        {word} {task !== null && <StatusBadge status={task.status} />}
      </h2>
      <p>
        {run === null || task === null ? (
          <span class="mono wrap">{side.runId}</span>
        ) : (
          <a href={links.task(run.run_id, task.id)}>
            <Time ms={run.start_ms} /> <span class="mono small">{run.run_id.slice(-6)}</span>
          </a>
        )}
        {run !== null && revision !== null && (
          <>
            {" · "}
            <External href={commitAddress(run)}>
              <code>{revision.slice(0, 10)}</code>
            </External>
          </>
        )}
        {pullRequest !== null && (
          <>
            {" · "}
            <a href={links.pullRequest(pullRequest)}>#{pullRequest}</a>
          </>
        )}{" "}
        {run !== null && isFromFork(run) && <Fork isShort />}
      </p>
      {side.problem !== null && <p class={hasExpired ? "muted" : "failure-text"}>{side.problem}</p>}
    </section>
  );
}

function Cells({ before, after, outputs }: { before: NotebookCell[]; after: NotebookCell[]; outputs: boolean }) {
  const [count, setCount] = useState(FIRST_BLOCKS);
  const diff = useMemo(() => diffNotebooks(before, after), [before, after]);
  const blocks = useMemo(() => blocksOf(diff, outputs), [diff, outputs]);
  const cells = blocks.filter(({ kind }) => kind === "cell").length;
  const { moved, added, removed } = diff.counts;
  const changed = cells - moved - added - removed;
  const words: [number, string][] = [
    [changed, "changed"],
    [moved, "moved"],
    [added, "added"],
    [removed, "removed"],
    [diff.pairs.length - cells, "equal"],
  ];
  return (
    <>
      <p class="diff-counts" role="status">
        {cells === 0
          ? `All ${counted(diff.pairs.length, "cell")} are equal${outputs ? "" : " in their source"}.`
          : words
              .filter(([number]) => number > 0)
              .map(([number, word]) => `${number} ${word}`)
              .join(", ")}
      </p>
      {blocks.slice(0, count).map((block, at) => (
        <BlockView key={at} block={block} before={before} after={after} outputs={outputs} />
      ))}
      {count < blocks.length && (
        <button type="button" onClick={() => setCount(count + FIRST_BLOCKS)}>
          Show more
        </button>
      )}
    </>
  );
}

interface BlockProps {
  block: Block;
  before: NotebookCell[];
  after: NotebookCell[];
  outputs: boolean;
}

function BlockView({ block, before, after, outputs }: BlockProps) {
  if (block.kind === "cell") {
    const { pair } = block;
    return (
      <CellDiff
        pair={pair}
        before={pair.before === null ? undefined : before[pair.before]}
        after={pair.after === null ? undefined : after[pair.after]}
        outputs={outputs}
      />
    );
  }
  const [first, last] = [block.pairs[0]?.after ?? 0, block.pairs.at(-1)?.after ?? 0];
  return (
    <details class="equal-cells">
      <summary>
        {counted(block.pairs.length, "equal cell")}{" "}
        <span class="muted small">{first === last ? first + 1 : `${first + 1} to ${last + 1}`}</span>
      </summary>
      {block.pairs.map(({ after: at }) => (
        <SameSource key={at} source={after[at ?? -1]?.source ?? ""} />
      ))}
    </details>
  );
}
