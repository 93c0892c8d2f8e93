/** Buttons of the graph: how large it is seen, and what is folded. */

import { statusColour, statusGlyph, statusWord } from "../parts/Status";
import { type Group, statusCounts } from "./fold";
import type { Plan } from "./plan";
import type { TaskGraph } from "./taskGraph";
import type { Viewport } from "./useViewport";

export function ViewTools({ viewport }: { viewport: Viewport }) {
  return (
    <div class="dag-tools">
      <button type="button" aria-label="Zoom in" title="Zoom in (+, or Ctrl and wheel)" onClick={viewport.zoomIn}>
        +
      </button>
      <button type="button" aria-label="Zoom out" title="Zoom out (−, or Ctrl and wheel)" onClick={viewport.zoomOut}>
        −
      </button>
      <button type="button" title="Show all of it (0)" onClick={viewport.fit}>
        Fit
      </button>
    </div>
  );
}

export interface GroupChipsProps {
  plan: Plan;
  graph: TaskGraph;
  onFold: (changes: [key: string, isFolded: boolean][]) => void;
}

/** More groups than these are put behind one word. */
const MOST_CHIPS = 8;

export function GroupChips({ plan, graph, onFold }: GroupChipsProps) {
  const { groups, isFolded } = plan;
  if (groups.length === 0) {
    return null;
  }
  const all = (fold: boolean) => onFold(groups.map((group) => [group.key, fold]));
  const chips = groups.map((group) => (
    <GroupChip
      key={group.key}
      group={group}
      graph={graph}
      isFolded={isFolded(group)}
      onToggle={() => onFold([[group.key, !isFolded(group)]])}
    />
  ));
  return (
    <div class="dag-groups">
      {groups.length <= MOST_CHIPS ? (
        chips
      ) : (
        <details>
          <summary>{groups.length} groups</summary>
          <div class="dag-groups">{chips}</div>
        </details>
      )}
      {groups.length > 1 && (
        <button type="button" class="dag-plain" onClick={() => all(!groups.some(isFolded))}>
          {groups.some(isFolded) ? "Unfold all" : "Fold all"}
        </button>
      )}
    </div>
  );
}

interface GroupChipProps {
  group: Group;
  graph: TaskGraph;
  isFolded: boolean;
  onToggle: () => void;
}

function GroupChip({ group, graph, isFolded, onToggle }: GroupChipProps) {
  const counts = statusCounts(group.members.map((at) => graph.tasks[at]?.status ?? "waiting"));
  const summary = counts.map(([status, count]) => `${count} ${statusWord(status)}`).join(", ");
  const notAllWell = counts.some(([status]) => status !== "success" && status !== "reused");
  return (
    <button
      type="button"
      class="dag-chip"
      aria-expanded={!isFolded}
      title={`${isFolded ? "Unfold" : "Fold"}: ${summary}`}
      onClick={onToggle}
    >
      <span aria-hidden="true">{isFolded ? "▸" : "▾"}</span> {group.name} ×{group.members.length}
      {notAllWell && (
        <span class="dag-chip-counts">
          {counts.map(([status, count]) => (
            <span key={status} style={{ color: statusColour(status) }} title={`${count} ${statusWord(status)}`}>
              {count}
              {statusGlyph(status)}
            </span>
          ))}
        </span>
      )}
    </button>
  );
}
