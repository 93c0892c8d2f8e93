/** Where one types a filter: it acts at once, stands in the address, and says where it cannot be read. */

import { useEffect, useState } from "preact/hooks";
import type { FilterError } from "../filter/grammar";
import { changeQuery } from "../routing/route";
import { counted } from "./format";

interface Props {
  text: string;
  error: FilterError | null;
  found: number;
  all: number;
}

const EXAMPLES = ["result:failure", "branch:main", "since:7d", "metric.accuracy>0.9", "pr:12", "-environment:ci"];

export function FilterBox({ text, error, found, all }: Props) {
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  const change = (next: string) => {
    setTyped(next);
    changeQuery({ q: next });
  };
  return (
    <div class="filter">
      <label for="filter" class="unseen">
        Filter the runs
      </label>
      <input
        id="filter"
        type="search"
        class="mono"
        placeholder="Filter: result:failure branch:main metric.accuracy>0.9"
        value={typed}
        aria-invalid={error !== null}
        aria-describedby="filter-said"
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => change(event.currentTarget.value)}
      />
      <div id="filter-said" class="filter-said" aria-live="polite">
        {error === null ? (
          <span class="muted">
            {found === all ? counted(all, "run") : `${found.toLocaleString("en")} of ${counted(all, "run")}`}
          </span>
        ) : (
          <FilterTrouble text={typed} error={error} />
        )}
      </div>
      {typed === "" && (
        <div class="examples">
          {EXAMPLES.map((example) => (
            <button key={example} type="button" class="chip mono" onClick={() => change(example)}>
              {example}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function FilterTrouble({ text, error }: { text: string; error: FilterError }) {
  return (
    <div class="failure-text">
      <pre class="pointer" aria-hidden="true">
        {text}
        {"\n"}
        {" ".repeat(error.column - 1)}
        {"^".repeat(error.length)}
      </pre>
      <span>
        Column {error.column}: {error.message}
      </span>
    </div>
  );
}
