// A map of nodes at places that the hub gave. On the screen sigma draws it, which stays quick with thousands of edges;
// on paper, in a saved file and where the browser has no WebGL the same picture is SVG.
import type { JSX } from "solid-js";
import { createMemo, createSignal, ErrorBoundary, For, lazy, onCleanup, onMount, Show } from "solid-js";
import { saveSvg } from "../lib/save";

export interface MapNode {
  id: string;
  label: string;
  /** From 0 to 1, left to right and top to bottom. */
  x: number;
  y: number;
  /** Pods, or whatever makes it large. */
  weight: number;
  shape: "round" | "square" | "diamond";
  /** A colour of the page, `--accent`. */
  colour: string;
  /** Nodes of one group stand in one field with its name. */
  group?: string;
}

export interface MapEdge {
  id: string;
  from: string;
  to: string;
  /** Seen: an arrow. Only allowed: a thin line. Denied or failing: an arrow in the colour of something wrong. */
  style: "seen" | "allowed" | "wrong";
  weight: number;
}

export interface MapProps {
  name: string;
  label: string;
  nodes: MapNode[];
  edges: MapEdge[];
  chosen?: string;
  choose: (id: string | undefined) => void;
  open?: (id: string) => void;
}

const Canvas = lazy(() => import("./map-canvas"));

export function radius(weight: number): number {
  return Math.min(22, 6 + Math.sqrt(Math.max(0, weight)) * 1.7);
}

function hasWebGl(): boolean {
  try {
    const probe = document.createElement("canvas").getContext("webgl2");
    probe?.getExtension("WEBGL_lose_context")?.loseContext();
    return probe !== null;
  } catch {
    return false;
  }
}

export function Map(props: MapProps): JSX.Element {
  const [printing, setPrinting] = createSignal(false);
  const canDraw = hasWebGl();
  let frame!: HTMLDivElement;
  onMount(() => {
    const before = () => setPrinting(true);
    const after = () => setPrinting(false);
    window.addEventListener("beforeprint", before);
    window.addEventListener("afterprint", after);
    onCleanup(() => {
      window.removeEventListener("beforeprint", before);
      window.removeEventListener("afterprint", after);
    });
  });
  // The SVG stands beside the canvas, out of sight, for as long as it takes to save it.
  const [still, setStill] = createSignal(false);
  const save = () => {
    setStill(true);
    queueMicrotask(() => {
      const picture = frame.querySelector<SVGSVGElement>("svg.still");
      if (picture) saveSvg(`catseye-${props.name}.svg`, picture);
      setStill(false);
    });
  };
  return (
    <div class="map" ref={frame}>
      <Show when={canDraw && !printing()} fallback={<Still {...props} />}>
        <ErrorBoundary fallback={<Still {...props} />}>
          <Canvas {...props} />
        </ErrorBoundary>
        <Show when={still()}>
          <div class="offstage">
            <Still {...props} />
          </div>
        </Show>
      </Show>
      <button class="button plain tiny no-print save" type="button" onClick={save}>
        SVG
      </button>
    </div>
  );
}

const WIDTH = 1400;
const HEIGHT = 740;
const EDGE = 60;

/** The picture as SVG. */
function Still(props: MapProps): JSX.Element {
  const places = createMemo(() => {
    const found: Record<string, { x: number; y: number }> = {};
    for (const node of props.nodes) found[node.id] = { x: EDGE + node.x * (WIDTH - 2 * EDGE), y: EDGE + node.y * (HEIGHT - 2 * EDGE) };
    return found;
  });
  return (
    <svg class="still" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={props.label}>
      <For each={props.edges}>
        {(edge) => (
          <Show when={places()[edge.from] && places()[edge.to]}>
            <line
              class={edge.style}
              x1={places()[edge.from]?.x}
              y1={places()[edge.from]?.y}
              x2={places()[edge.to]?.x}
              y2={places()[edge.to]?.y}
              stroke-dasharray={edge.style === "allowed" ? "3 4" : undefined}
            />
          </Show>
        )}
      </For>
      <For each={props.nodes}>
        {(node) => (
          <g onClick={() => props.choose(node.id)} style={{ color: `var(${node.colour})` }}>
            <circle cx={places()[node.id]?.x} cy={places()[node.id]?.y} r={radius(node.weight)} fill="currentcolor" />
            <text x={places()[node.id]?.x} y={(places()[node.id]?.y ?? 0) + radius(node.weight) + 14}>
              {node.label}
            </text>
          </g>
        )}
      </For>
    </svg>
  );
}
