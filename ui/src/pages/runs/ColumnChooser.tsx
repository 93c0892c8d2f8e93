/** Which columns the runs table shows; the choice stands in the address. */

import { useState } from "preact/hooks";
import { areDetailsLoaded, needDetails } from "../../data/store";
import { changeQuery } from "../../routing/route";
import type { Column } from "./columns";

const MOST = 200;

interface Props {
  groups: { group: string; columns: Column[] }[];
  columns: Column[];
}

export function ColumnChooser({ groups, columns }: Props) {
  const [wanted, setWanted] = useState("");
  const keys = columns.map(({ key }) => key);
  const set = (next: string[]) => changeQuery({ columns: next.join("|") || "none" });
  const fits = (column: Column) =>
    `${column.title} ${column.detail ?? ""}`.toLowerCase().includes(wanted.toLowerCase());
  return (
    <details class="menu" onToggle={(event) => event.currentTarget.open && needDetails()}>
      <summary>Columns</summary>
      <div class="menu-body">
        <input
          type="search"
          placeholder="Find a column"
          aria-label="Find a column"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
        <button type="button" class="quiet" onClick={() => changeQuery({ columns: null, sort: null })}>
          As at first
        </button>
        <div class="menu-list">
          {columns.length > 0 && <h3>Shown, in this order</h3>}
          {columns.map((column, at) => (
            <div key={column.key} class="menu-row">
              <Choice column={column} isChosen onChange={() => set(keys.filter((key) => key !== column.key))} />
              <button
                type="button"
                class="quiet"
                aria-label={`Move ${column.title} to the left`}
                disabled={at === 0}
                onClick={() => set(moved(keys, at))}
              >
                ↑
              </button>
            </div>
          ))}
          {groups.map(({ group, columns: members }) => {
            const free = members.filter((column) => !keys.includes(column.key) && fits(column));
            return free.length === 0 ? null : (
              <div key={group}>
                <h3>{group}</h3>
                {free.slice(0, MOST).map((column) => (
                  <Choice
                    key={column.key}
                    column={column}
                    isChosen={false}
                    onChange={() => set([...keys, column.key])}
                  />
                ))}
                {free.length > MOST && <p class="muted">and {free.length - MOST} more: type a part of the name</p>}
              </div>
            );
          })}
          {!areDetailsLoaded.value && <p class="muted">Loading more metrics …</p>}
        </div>
      </div>
    </details>
  );
}

function Choice({ column, isChosen, onChange }: { column: Column; isChosen: boolean; onChange: () => void }) {
  return (
    <label class="choice">
      <input type="checkbox" checked={isChosen} onChange={onChange} />
      <span>
        {column.title}
        {column.detail !== undefined && <span class="muted small"> {column.detail}</span>}
      </span>
    </label>
  );
}

function moved(keys: string[], at: number): string[] {
  const next = [...keys];
  next.splice(at - 1, 2, keys[at] ?? "", keys[at - 1] ?? "");
  return next;
}
