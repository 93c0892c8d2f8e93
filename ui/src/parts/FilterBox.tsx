/** Where one types a filter: it acts at once, stands in the address, and says where it cannot be read. */

import { useMemo, useRef, useState } from "preact/hooks";
import { rows } from "../data/store";
import { type Completions, completions } from "../filter/complete";
import type { FilterError } from "../filter/grammar";
import { typeQuery } from "../routing/route";
import { counted } from "./format";
import { knownOf } from "./known";

interface Props {
  text: string;
  error: FilterError | null;
  found: number;
  all: number;
}

const EXAMPLES = ["result:failure", "branch:main", "since:7d", "metric.accuracy>0.9", "pr:12", "-environment:ci"];

export function FilterBox({ text, error, found, all }: Props) {
  const [offer, setOffer] = useState<Completions | null>(null);
  const [picked, setPicked] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const isAsked = offer !== null;
  const known = useMemo(() => knownOf(isAsked ? rows.value : []), [isAsked, rows.value]);
  // The route alone says what the filter is: a copy here could fall behind a fast typist.
  const change = (next: string) => typeQuery({ q: next });
  const suggest = (value: string, cursor: number) => {
    setOffer(completions(value, cursor, known.names.size === 0 ? knownOf(rows.peek()) : known));
    setPicked(-1);
  };
  const close = () => {
    setOffer(null);
    setPicked(-1);
  };
  const take = (at: number) => {
    const option = offer?.options[at];
    if (offer === null || option === undefined) {
      return;
    }
    const next = text.slice(0, offer.from) + option.text + text.slice(offer.to);
    change(next);
    const cursor = offer.from + option.text.length;
    // A key wants a value next, and a value ends its term.
    if (/[:.<>=]$/.test(option.text)) {
      suggest(next, cursor);
    } else {
      close();
    }
    requestAnimationFrame(() => input.current?.setSelectionRange(cursor, cursor));
  };
  const steer = (event: KeyboardEvent) => {
    const count = offer?.options.length ?? 0;
    if (event.key === "Escape" && offer !== null) {
      event.preventDefault();
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count > 0) {
      event.preventDefault();
      setPicked((picked + (event.key === "ArrowDown" ? 1 : picked < 0 ? 0 : -1) + count) % count);
    } else if (event.key === "ArrowDown") {
      suggest(text, input.current?.selectionStart ?? text.length);
    } else if (event.key === "Enter" && picked >= 0) {
      event.preventDefault();
      take(picked);
    }
  };
  const options = offer?.options ?? [];
  return (
    <div class="filter">
      <label for="filter" class="unseen">
        Filter the runs
      </label>
      <input
        ref={input}
        id="filter"
        type="search"
        class="mono"
        role="combobox"
        aria-expanded={options.length > 0}
        aria-controls="filter-options"
        aria-autocomplete="list"
        aria-activedescendant={picked >= 0 ? `filter-option-${picked}` : undefined}
        placeholder="Filter: result:failure branch:main metric.accuracy>0.9"
        value={text}
        aria-invalid={error !== null}
        aria-describedby="filter-said"
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => {
          const { value, selectionStart } = event.currentTarget;
          change(value);
          const cursor = selectionStart ?? value.length;
          if (/\S$/.test(value.slice(0, cursor))) {
            suggest(value, cursor);
          } else {
            close();
          }
        }}
        onKeyDown={steer}
        onBlur={close}
      />
      {options.length > 0 && (
        <div id="filter-options" class="options" role="listbox" aria-label="Suggestions">
          {options.map(({ text: option, about }, at) => (
            <div
              key={option}
              id={`filter-option-${at}`}
              role="option"
              tabIndex={-1}
              aria-selected={at === picked}
              onMouseDown={(event) => {
                event.preventDefault();
                take(at);
              }}
            >
              <span class="mono">{option}</span> <span class="muted small">{about}</span>
            </div>
          ))}
        </div>
      )}
      <div id="filter-said" class="filter-said" aria-live="polite">
        {error === null ? (
          <span class="muted">
            {found === all ? counted(all, "run") : `${found.toLocaleString("en")} of ${counted(all, "run")}`}
          </span>
        ) : (
          <FilterTrouble text={text} error={error} />
        )}
      </div>
      {text === "" && (
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
