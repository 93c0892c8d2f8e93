/** What lies on the canvas: edges, then nodes. */

import { statusColour, statusGlyph } from "../parts/Status";
import { type Box, baseline, MARK_WIDTH } from "./boxes";
import { edgePath } from "./edgePath";
import type { NodeFacts } from "./facts";
import type { FoldedGraph, FoldedNode } from "./fold";
import type { Direction, GraphLayout, Point } from "./shape";

export interface Drawing {
  graph: FoldedGraph;
  facts: NodeFacts[];
  boxes: Box[];
  layout: GraphLayout;
  direction: Direction;
}

export interface SceneProps {
  drawing: Drawing;
  /** Node that the keys act on. */
  active: number;
  selected: number | null;
  /** Node whose edges stand out. */
  pointed: number | null;
  arrowId: string;
  onChoose: (node: number) => void;
  onPoint: (node: number | null) => void;
  register: (key: string, element: SVGGElement | null) => void;
}

export function DagScene(props: SceneProps) {
  const { drawing, active, selected, onChoose, onPoint, register } = props;
  return (
    <>
      <Edges {...props} />
      {drawing.graph.nodes.map((node, at) => (
        <DagNode
          key={node.key}
          node={node}
          facts={drawing.facts[at] as NodeFacts}
          box={drawing.boxes[at] as Box}
          place={drawing.layout.nodes[at] as Point}
          isActive={at === active}
          isSelected={at === selected}
          onChoose={() => onChoose(at)}
          onPoint={(isOver) => onPoint(isOver ? at : null)}
          register={(element) => register(node.key, element)}
        />
      ))}
    </>
  );
}

function Edges({ drawing, pointed, arrowId }: SceneProps) {
  const { graph, layout, direction, facts } = drawing;
  const path = (edge: number) => edgePath(layout.edges[edge] ?? [], direction);
  const touches = ([from, to]: [number, number]) => pointed !== null && (from === pointed || to === pointed);
  return (
    <g>
      {graph.edges.map(([from, to], edge) => (
        <path
          key={`${from} ${to}`}
          class={facts[to]?.status === "skip" ? "dag-edge dag-edge-skip" : "dag-edge"}
          d={path(edge)}
          marker-end={`url(#${arrowId})`}
        />
      ))}
      {graph.edges.map(
        (ends, edge) =>
          touches(ends) && (
            <path
              key={`over ${ends.join(" ")}`}
              class="dag-edge dag-edge-over"
              d={path(edge)}
              marker-end={`url(#${arrowId}-over)`}
            />
          ),
      )}
    </g>
  );
}

interface NodeProps {
  node: FoldedNode;
  facts: NodeFacts;
  box: Box;
  place: Point;
  isActive: boolean;
  isSelected: boolean;
  onChoose: () => void;
  onPoint: (isOver: boolean) => void;
  register: (element: SVGGElement | null) => void;
}

function DagNode({ node, facts, box, place, isActive, isSelected, onChoose, onPoint, register }: NodeProps) {
  const { width, height, lines } = box;
  const isGroup = node.group !== null;
  const kind = ["dag-node", `dag-${facts.status}`, isGroup ? "dag-group" : "", isSelected ? "dag-selected" : ""];
  return (
    // biome-ignore lint/a11y/useSemanticElements: there is no button in SVG
    <g
      ref={register}
      class={kind.filter((word) => word !== "").join(" ")}
      style={{ "--status": statusColour(facts.status), "--status-soft": statusColour(facts.status, true) }}
      transform={`translate(${place.x} ${place.y})`}
      role="button"
      tabindex={isActive ? 0 : -1}
      aria-pressed={isGroup ? undefined : isSelected}
      aria-expanded={isGroup ? false : undefined}
      onClick={onChoose}
      onFocus={() => onPoint(true)}
      onBlur={() => onPoint(false)}
      onMouseEnter={() => onPoint(true)}
      onMouseLeave={() => onPoint(false)}
    >
      {/* In SVG this is the accessible name, too. */}
      <title>{facts.label}</title>
      <rect class="dag-ring" x={-4} y={-4} width={width + 8} height={height + 8} rx={11} />
      {isGroup && <rect class="dag-behind" x={8} y={-5} width={width - 16} height={20} rx={7} />}
      <rect class="dag-box" width={width} height={height} rx={8} />
      <path class="dag-band" d={bandPath(height)} />
      <rect class="dag-border" width={width} height={height} rx={8} />
      <text class="dag-mark" x={MARK_WIDTH / 2 - 3} y={height / 2} text-anchor="middle" dominant-baseline="central">
        {statusGlyph(facts.status)}
      </text>
      <text class="dag-name" x={MARK_WIDTH} y={baseline(0)}>
        {lines[0]}
      </text>
      {lines[1] !== "" && (
        <text class="dag-detail" x={MARK_WIDTH} y={baseline(1)}>
          {lines[1]}
        </text>
      )}
      <text class="dag-outcome" x={MARK_WIDTH} y={baseline(lines[1] === "" ? 1 : 2)}>
        {lines[2]}
      </text>
    </g>
  );
}

/** The left end of the box, rounded as the box is. */
function bandPath(height: number): string {
  return `M8 0H${MARK_WIDTH - 7}V${height}H8A8 8 0 0 1 0 ${height - 8}V8A8 8 0 0 1 8 0Z`;
}
