/** The drawn graph: what is seen of it, which node the keys act on, and what a click does. */

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { GraphLibrary } from "../entries/graph";
import { nodeBox, pageMeasures } from "./boxes";
import { DagScene, type Drawing } from "./DagScene";
import { ViewTools } from "./DagTools";
import { nodeFacts } from "./facts";
import { statusRank } from "./fold";
import { nextNode } from "./navigate";
import type { Plan } from "./plan";
import type { Direction, Point, Size } from "./shape";
import type { TaskGraph } from "./taskGraph";
import { useViewport, type Viewport } from "./useViewport";
import { frameHeight, MARGIN } from "./viewport";

export interface DagCanvasProps {
  graph: TaskGraph;
  plan: Plan;
  direction: Direction;
  width: number;
  layout: GraphLibrary["layout"];
  selected: string | null;
  onSelect: (taskId: string) => void;
  onUnfold: (key: string) => void;
  /** What stands beside the buttons above the drawing. */
  children: ComponentChildren;
}

export function DagCanvas({
  graph,
  plan,
  direction,
  width,
  layout,
  selected,
  onSelect,
  onUnfold,
  children,
}: DagCanvasProps) {
  const drawing = useMemo(() => draw(graph, plan, layout, direction), [graph, plan, layout, direction]);
  const { nodes } = plan.folded;
  const svg = useRef<SVGSVGElement>(null);
  const elements = useRef(new Map<string, SVGGElement>()).current;
  const [activeKey, setActiveKey] = useState<string | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const selectedNode = useMemo(() => nodeOfTask(selected, graph, plan), [selected, graph, plan]);
  const remembered = nodes.findIndex((node) => node.key === activeKey);
  const active = remembered >= 0 ? remembered : (selectedNode ?? mostUrgent(drawing));
  const frame = { width, height: frameHeight(drawing.layout, width, window.innerHeight) };
  const subject = `${direction} ${nodes.map((node) => node.key).join("\n")}`;
  const viewport = useViewport(svg, drawing.layout, frame, centreOf(drawing, active), subject);
  const regainFocus = useRef(false);
  useLayoutEffect(() => {
    if (regainFocus.current) {
      regainFocus.current = false;
      elements.get(nodes[active]?.key ?? "")?.focus({ preventScroll: true });
    }
  });

  const choose = (at: number) => {
    const node = nodes[at];
    if (node?.group) {
      // The node goes, its first member takes its place.
      setActiveKey(`task ${node.group.members[0]}`);
      regainFocus.current = true;
      onUnfold(node.group.key);
    } else if (node !== undefined) {
      setActiveKey(node.key);
      onSelect(graph.tasks[node.task ?? 0]?.id ?? "");
    }
  };
  const focusNode = (at: number) => {
    setActiveKey(nodes[at]?.key ?? null);
    elements.get(nodes[at]?.key ?? "")?.focus({ preventScroll: true });
    viewport.reveal(boxOf(drawing, at));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const next = nextNode(active, event.key, plan.folded, drawing.layout, drawing.boxes, direction);
    const action = next === null ? keyAction(event.key, viewport, () => choose(active)) : () => focusNode(next);
    if (action !== null) {
      event.preventDefault();
      action();
    }
  };
  const latest = useRef(choose);
  latest.current = choose;
  const arrowId = `arrow${useId()}`;
  // Panning changes the view alone; the same scene is not compared node by node.
  const scene = useMemo(
    () => (
      <DagScene
        {...{ drawing, active, pointed, arrowId }}
        selected={selectedNode}
        onChoose={(node) => viewport.dragged.current || latest.current(node)}
        onPoint={setPointed}
        register={(key, element) => (element === null ? elements.delete(key) : elements.set(key, element))}
      />
    ),
    [drawing, active, pointed, arrowId, selectedNode, viewport.dragged, elements],
  );
  const { x, y, scale } = viewport.view;
  const isTall = drawing.layout.height * scale + MARGIN > frame.height;
  return (
    <>
      <div class="dag-bar">
        {children}
        <ViewTools viewport={viewport} />
      </div>
      <div class="dag-frame" style={{ height: `${frame.height}px` }}>
        {/* biome-ignore lint/a11y/useSemanticElements: an SVG is no fieldset */}
        <svg
          ref={svg}
          class={isTall ? "dag-canvas dag-tall" : "dag-canvas"}
          width={frame.width}
          height={frame.height}
          role="group"
          aria-label={`Graph of ${graph.tasks.length} tasks. Arrow keys move along its edges.`}
          onKeyDown={onKeyDown}
        >
          <defs>
            <Arrow id={arrowId} kind="dag-arrow" />
            <Arrow id={`${arrowId}-over`} kind="dag-arrow dag-arrow-over" />
          </defs>
          <g transform={`translate(${x} ${y}) scale(${scale})`}>{scene}</g>
        </svg>
      </div>
    </>
  );
}

function Arrow({ id, kind }: { id: string; kind: string }) {
  return (
    <marker
      id={id}
      class={kind}
      viewBox="0 0 8 8"
      refX="7.5"
      refY="4"
      markerWidth="8"
      markerHeight="8"
      orient="auto"
      markerUnits="userSpaceOnUse"
    >
      <path d="M0 0.5L8 4L0 7.5z" />
    </marker>
  );
}

function draw(graph: TaskGraph, plan: Plan, layout: GraphLibrary["layout"], direction: Direction): Drawing {
  const measures = pageMeasures();
  const facts = plan.folded.nodes.map((node) => nodeFacts(node, graph));
  const boxes = facts.map((fact) => nodeBox(fact, measures, direction));
  const placed = layout({ nodes: boxes, edges: plan.folded.edges }, direction);
  return { graph: plan.folded, facts, boxes, layout: placed, direction };
}

function keyAction(key: string, viewport: Viewport, choose: () => void): (() => void) | null {
  switch (key) {
    case "Enter":
    case " ":
      return choose;
    case "+":
      return viewport.zoomIn;
    case "-":
      return viewport.zoomOut;
    case "0":
      return viewport.fit;
    default:
      return null;
  }
}

/** The node of a task, or that of the group it is folded into. */
function nodeOfTask(id: string | null, graph: TaskGraph, plan: Plan): number | null {
  const task = id === null ? -1 : graph.tasks.findIndex((one) => one.id === id);
  const at = plan.folded.nodes.findIndex((node) => node.task === task || node.group?.members.includes(task));
  return task < 0 || at < 0 ? null : at;
}

/** The first of the nodes that need a look most. */
function mostUrgent(drawing: Drawing): number {
  let best = 0;
  drawing.facts.forEach((facts, at) => {
    if (statusRank(facts.status) < statusRank(drawing.facts[best]?.status ?? "skip")) {
      best = at;
    }
  });
  // Where all went well, the beginning.
  return statusRank(drawing.facts[best]?.status ?? "success") < statusRank("cancellation") ? best : 0;
}

function boxOf(drawing: Drawing, at: number): Point & Size {
  const { x, y } = drawing.layout.nodes[at] ?? { x: 0, y: 0 };
  const { width, height } = drawing.boxes[at] ?? { width: 0, height: 0 };
  return { x, y, width, height };
}

function centreOf(drawing: Drawing, at: number): Point {
  const box = boxOf(drawing, at);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
