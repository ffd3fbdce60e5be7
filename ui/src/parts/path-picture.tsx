// A way of an attacker as a picture: nodes in layers from left to right, or from top to bottom where it is narrow. The
// numbers on the arrows are those of the sentences beside it. A click on an arrow chooses the step.
import type { JSX } from "solid-js";
import { createMemo, createSignal, For, onCleanup, onMount, Show } from "solid-js";
import type { Path, PathEdge, PathNode } from "../api/names";
import { href, path as address } from "../lib/router";
import { saveSvg } from "../lib/save";
import { objectPath } from "./words";

interface Props {
  of: Path;
  chosen?: string;
  /** Steps that are taken away in a what-if. */
  removed?: Set<string>;
  onStep?: (edge: PathEdge) => void;
  /** Names the picture: several can be on a page. */
  name: string;
  /** The steps in sentences: beside the picture where it stands upright, else below. */
  children?: JSX.Element;
}

/** With names on one line, and on two. */
const HEIGHTS = [46, 60] as const;
const BETWEEN_LANES = 20;
const BETWEEN_ROWS = 38;
/** Pixels of a letter of a kind and of a name. */
const KIND_LETTER = 5.7;
const NAME_LETTER = 7.7;

interface Place {
  node: PathNode;
  x: number;
  y: number;
  role: "entry" | "jewel" | "";
}

/** The name without what the label above it says, and without kinds and namespaces within it. */
function nameOf(node: PathNode): string {
  if (node.object) return node.object.name;
  const bare = node.name.replace(/^the /, "").replace(/\b[A-Z]\w+ (?:[\w.-]+\/)?(?=[\w.-])/g, "");
  const label = `${node.label.toLowerCase()} `;
  const [name = "", owner] = (bare.startsWith(label) ? bare.slice(label.length) : bare).split(" of ");
  return owner === undefined || owner === name ? name : `${name} of ${owner}`;
}

/** Breaks a name that is too long for one line after the last space, slash, dash or dot that fits. */
function twoLines(text: string, most: number): string[] {
  if (text.length <= most) return [text];
  let at = -1;
  for (let index = 0; index < Math.min(most, text.length - 1); index++) if (" /-.:".includes(text[index] ?? "")) at = index;
  const end = at < most / 3 ? most : at + 1;
  return [text.slice(0, end).trim(), text.slice(end).trim()];
}

function Names(props: { of: string[]; x: number; y: number }): JSX.Element {
  return (
    <text class="who" x={props.x} y={props.y}>
      <For each={props.of}>
        {(line, index) => (
          <tspan x={props.x} dy={index() === 0 ? 0 : 15}>
            {line}
          </tspan>
        )}
      </For>
    </text>
  );
}

export function PathPicture(props: Props): JSX.Element {
  let frame!: HTMLDivElement;
  let picture!: SVGSVGElement;
  const [room, setRoom] = createSignal(900);
  onMount(() => {
    const observer = new ResizeObserver(() => setRoom(frame.clientWidth));
    observer.observe(frame);
    setRoom(frame.clientWidth);
    onCleanup(() => observer.disconnect());
  });
  const shape = createMemo(() => {
    const nodes = props.of.nodes;
    const layers = 1 + Math.max(0, ...nodes.map((node) => node.layer));
    const lanes = 1 + Math.max(0, ...nodes.map((node) => node.lane));
    const gap = Math.max(44, Math.min(84, room() / layers / 3.4));
    const width = Math.min(230, (room() - 8 - (layers - 1) * gap) / layers);
    const across = width >= 104;
    const used = across ? width : Math.min(lanes === 1 ? 320 : 200, (room() - 8 - (lanes - 1) * 16) / lanes);
    const letters = Math.floor((used - 18) / NAME_LETTER);
    const tall = nodes.some((node) => nameOf(node).length > letters) ? HEIGHTS[1] : HEIGHTS[0];
    const lane = tall + BETWEEN_LANES;
    const row = tall + BETWEEN_ROWS;
    const targets = new Set(props.of.edges.map((edge) => edge.to));
    const sources = new Set(props.of.edges.map((edge) => edge.from));
    const places = new Map<string, Place>();
    for (const node of nodes) {
      const role = !targets.has(node.id) ? "entry" : !sources.has(node.id) ? "jewel" : "";
      places.set(
        node.id,
        across
          ? { node, x: 4 + node.layer * (used + gap), y: 8 + node.lane * lane, role }
          : { node, x: 4 + node.lane * (used + 16), y: 8 + node.layer * row, role },
      );
    }
    const height = across ? lanes * lane - BETWEEN_LANES + 16 : layers * row - BETWEEN_ROWS + 16;
    const total = across ? 8 + layers * used + (layers - 1) * gap : 8 + lanes * used + (lanes - 1) * 16;
    return { places, width: used, height, across, total, gap, tall, letters };
  });
  const line = (edge: PathEdge) => {
    const { places, width, across, tall } = shape();
    const from = places.get(edge.from);
    const to = places.get(edge.to);
    if (!from || !to) return undefined;
    if (across) {
      const forward = to.x > from.x;
      const x1 = forward ? from.x + width : from.x + width / 2;
      const x2 = forward ? to.x - 3 : to.x + width / 2;
      const y1 = from.y + tall / 2;
      const y2 = to.y + tall / 2;
      const middle = (x1 + x2) / 2;
      return { d: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`, x: middle, y: (y1 + y2) / 2 };
    }
    const x1 = from.x + width / 2;
    const x2 = to.x + width / 2;
    const y1 = from.y + tall;
    const y2 = to.y - 3;
    const middle = (y1 + y2) / 2;
    return { d: `M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`, x: (x1 + x2) / 2, y: middle };
  };
  const cut = (text: string, most: number) => (text.length <= most ? text : `${text.slice(0, Math.max(1, most - 1))}…`);
  const label = (node: PathNode) => node.label.replace(/([a-z])([A-Z])/g, "$1 $2");
  const where = (node: PathNode) => {
    if (!node.object) return undefined;
    if (node.object.kind === "ServiceAccount") {
      return href(address("identities", `user:system:serviceaccount:${node.object.namespace}:${node.object.name}`));
    }
    return href(objectPath(node.object));
  };
  const first = (place: Place) => {
    const bare = label(place.node);
    const long = place.node.object?.namespace ? `${bare} in ${place.node.object.namespace}` : bare;
    // Half a namespace says less than none.
    const most = Math.floor((shape().width - 18) / KIND_LETTER);
    return cut(long.length > most ? bare : long, most);
  };
  const names = (place: Place) => twoLines(nameOf(place.node), shape().letters).map((text) => cut(text, shape().letters));
  const whole = (place: Place) => `${label(place.node)}: ${place.node.name}`;
  return (
    <div class="wayframe" classList={{ upright: !shape().across && room() >= 520 }} ref={frame}>
      <div class="waypicture">
      <svg
        ref={picture}
        class="way"
        width={shape().total}
        height={shape().height}
        viewBox={`0 0 ${shape().total} ${shape().height}`}
        role="group"
        aria-label={`The way as a picture: ${props.of.title}`}
        data-picture={props.name}
      >
        <defs>
          <marker id={`arrow-${props.name}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
            <path class="head" d="M0 0.500 8 4 0 7.500Z" />
          </marker>
        </defs>
        <For each={props.of.edges}>
          {(edge, index) => {
            const gone = () => props.removed?.has(edge.id) ?? false;
            return (
              <Show when={line(edge)}>
                {(drawn) => (
                  <g
                    class="step"
                    classList={{ chosen: props.chosen === edge.id, gone: gone() }}
                    role={props.onStep ? "button" : undefined}
                    tabindex={props.onStep ? 0 : undefined}
                    aria-pressed={props.onStep ? props.chosen === edge.id : undefined}
                    aria-label={`Step ${index() + 1}: ${edge.says}${gone() ? ", taken away" : ""}`}
                    onClick={() => props.onStep?.(edge)}
                    onKeyDown={(event) => {
                      if (event.key !== "Enter" && event.key !== " ") return;
                      event.preventDefault();
                      props.onStep?.(edge);
                    }}
                  >
                    <path class="hit" d={drawn().d} />
                    <path class="line" d={drawn().d} marker-end={`url(#arrow-${props.name})`} />
                    <circle cx={drawn().x} cy={drawn().y} r="10" />
                    <text class="number" x={drawn().x} y={drawn().y + 4}>
                      {gone() ? "×" : index() + 1}
                    </text>
                  </g>
                )}
              </Show>
            );
          }}
        </For>
        {/* Each node is one tree of tags: an `a` that stands alone would be one of HTML. */}
        <For each={[...shape().places.values()]}>
          {(place) => (
            <Show
              when={where(place.node)}
              fallback={
                <g class={`node ${place.role}`}>
                  <title>{whole(place)}</title>
                  <rect x={place.x} y={place.y} width={shape().width} height={shape().tall} rx="5" />
                  <text class="what" x={place.x + 9} y={place.y + 17}>
                    {first(place)}
                  </text>
                  <Names of={names(place)} x={place.x + 9} y={place.y + 35} />
                </g>
              }
            >
              {(to) => (
                <g class={`node ${place.role}`}>
                  <a href={to()}>
                    <title>{whole(place)}</title>
                    <rect x={place.x} y={place.y} width={shape().width} height={shape().tall} rx="5" />
                    <text class="what" x={place.x + 9} y={place.y + 17}>
                      {first(place)}
                    </text>
                    <Names of={names(place)} x={place.x + 9} y={place.y + 35} />
                  </a>
                </g>
              )}
            </Show>
          )}
        </For>
      </svg>
      <button class="button plain tiny no-print save" type="button" onClick={() => saveSvg(`catseye-${props.name}.svg`, picture)}>
        SVG
      </button>
      </div>
      {props.children}
    </div>
  );
}
