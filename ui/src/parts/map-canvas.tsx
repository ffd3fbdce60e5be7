// The map by sigma. Places come from the hub, so nothing moves by itself; what is pointed at keeps its neighbours and
// the rest fades.
import type { JSX } from "solid-js";
import { createEffect, on, onCleanup, onMount } from "solid-js";
import { DirectedGraph } from "graphology";
import Sigma from "sigma";
import { EdgeArrowProgram, EdgeRectangleProgram, NodeCircleProgram } from "sigma/rendering";
import type { NodeDisplayData, PartialButFor } from "sigma/types";
import { colourOf } from "../lib/colour";
import { Icon } from "./icons";
import { type MapEdge, type MapNode, type MapProps, radius } from "./map";

interface Palette {
  face: string;
  paper: string;
  ink: string;
  ink2: string;
  line: string;
  field: string;
  faded: string;
  accent: string;
  seen: string;
  allowed: string;
  wrong: string;
  of: (name: string) => string;
}

function palette(): Palette {
  // Asked for once: a frame asks for hundreds.
  const known = new globalThis.Map<string, string>();
  const of = (name: string) => {
    let colour = known.get(name);
    if (colour === undefined) known.set(name, (colour = colourOf(name)));
    return colour;
  };
  return {
    face: getComputedStyle(document.documentElement).getPropertyValue("--face").trim(),
    paper: of("--paper"),
    ink: of("--ink"),
    ink2: of("--ink-2"),
    line: of("--line-strong"),
    field: of("--sunk"),
    faded: of("--line"),
    accent: of("--accent"),
    seen: of("--ink-3"),
    allowed: of("--line-strong"),
    wrong: of("--critical"),
    of,
  };
}

export default function MapCanvas(props: MapProps): JSX.Element {
  let frame!: HTMLDivElement;
  let sigma: Sigma | undefined;
  let colours = palette();
  let pointed: string | undefined;
  let near = new Set<string>();

  const focus = () => pointed ?? props.chosen;

  const build = () => {
    const stretch = Math.max(0.75, Math.min(2.4, frame.clientWidth / Math.max(1, frame.clientHeight)));
    const graph = new DirectedGraph();
    for (const node of props.nodes) {
      graph.addNode(node.id, {
        x: node.x * stretch,
        // Sigma counts upwards.
        y: -node.y,
        size: radius(node.weight),
        label: node.label,
        colour: node.colour,
        shape: node.shape,
        group: node.group,
      });
    }
    for (const edge of props.edges) {
      if (!graph.hasNode(edge.from) || !graph.hasNode(edge.to) || edge.from === edge.to || graph.hasEdge(edge.from, edge.to)) continue;
      graph.addEdge(edge.from, edge.to, { style: edge.style, weight: edge.weight });
    }
    return graph;
  };

  const lookAt = (graph: DirectedGraph) => {
    const id = focus();
    near = id !== undefined && graph.hasNode(id) ? new Set([id, ...graph.neighbors(id)]) : new Set();
  };

  const drawLabel = (context: CanvasRenderingContext2D, data: PartialButFor<NodeDisplayData, "x" | "y" | "size" | "label" | "color">) => {
    const shape = (data as { shape?: MapNode["shape"] }).shape;
    glyph(context, shape, data.x, data.y, data.size, colours.paper);
    if (!data.label) return;
    const strong = (data as { strong?: boolean }).strong;
    context.font = `${strong ? 600 : 450} 12px ${colours.face}`;
    context.textAlign = "center";
    context.lineWidth = 3.5;
    context.lineJoin = "round";
    context.strokeStyle = colours.paper;
    context.fillStyle = strong ? colours.ink : colours.ink2;
    const y = data.y + data.size + 14;
    context.strokeText(data.label, data.x, y);
    context.fillText(data.label, data.x, y);
  };

  /** Fields behind the nodes of one group. */
  const drawFields = (renderer: Sigma, graph: DirectedGraph, context: CanvasRenderingContext2D) => {
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    const groups = new globalThis.Map<string, { x: number; y: number; r: number }[]>();
    const all: { x: number; y: number; group: string }[] = [];
    graph.forEachNode((node, data) => {
      const shown = renderer.getNodeDisplayData(node);
      if (!shown) return;
      const at = renderer.framedGraphToViewport(shown);
      const group = (data.group as string | undefined) ?? "";
      all.push({ ...at, group });
      if (group === "") return;
      const mine = groups.get(group) ?? [];
      mine.push({ ...at, r: renderer.scaleSize(data.size as number) });
      groups.set(group, mine);
    });
    for (const [name, places] of groups) {
      if (places.length < 2) continue;
      const left = Math.min(...places.map((one) => one.x - one.r)) - 16;
      const right = Math.max(...places.map((one) => one.x + one.r)) + 16;
      const top = Math.min(...places.map((one) => one.y - one.r)) - 26;
      const bottom = Math.max(...places.map((one) => one.y + one.r)) + 22;
      // A field that holds what is not of its group would say something wrong.
      const holdsOthers = all.some((one) => one.group !== name && one.x > left && one.x < right && one.y > top && one.y < bottom);
      if (holdsOthers) continue;
      context.fillStyle = colours.field;
      context.beginPath();
      context.roundRect(left, top, right - left, bottom - top, 10);
      context.fill();
      context.fillStyle = colours.of("--ink-3");
      context.font = `11px ${colours.face}`;
      context.textAlign = "left";
      context.fillText(name, left + 8, top + 15);
    }
  };

  const start = () => {
    colours = palette();
    const graph = build();
    lookAt(graph);
    const camera = sigma?.getCamera().getState();
    sigma?.kill();
    const renderer = new Sigma(graph, frame, {
      allowInvalidContainer: true,
      nodeProgramClasses: { circle: NodeCircleProgram },
      edgeProgramClasses: { arrow: EdgeArrowProgram, line: EdgeRectangleProgram },
      defaultNodeType: "circle",
      defaultEdgeType: "line",
      labelRenderedSizeThreshold: 0,
      labelDensity: 3,
      labelGridCellSize: 70,
      stagePadding: 46,
      minCameraRatio: 0.08,
      maxCameraRatio: 2,
      zIndex: true,
      enableCameraRotation: false,
      enableCameraZooming: false,
      defaultDrawNodeLabel: drawLabel,
      defaultDrawNodeHover: drawLabel,
      nodeReducer: (id, data) => {
        const away = near.size > 0 && !near.has(id);
        const strong = focus() === id;
        return {
          ...data,
          type: "circle",
          color: away ? colours.faded : colours.of(data.colour as string),
          label: away ? "" : (data.label as string),
          forceLabel: near.has(id),
          zIndex: strong ? 2 : near.has(id) ? 1 : 0,
          strong,
        };
      },
      edgeReducer: (edge, data) => {
        const id = focus();
        const touches = id !== undefined && (graph.source(edge) === id || graph.target(edge) === id);
        const style = data.style as MapEdge["style"];
        const away = near.size > 0 && !touches;
        const colour = style === "wrong" ? colours.wrong : style === "seen" ? colours.seen : colours.allowed;
        return {
          ...data,
          type: style === "allowed" ? "line" : "arrow",
          size: style === "allowed" ? (touches ? 1.4 : 0.8) : Math.min(4.5, 1 + Math.log10(1 + (data.weight as number)) * 0.5),
          color: away ? colours.faded : touches && style !== "wrong" ? colours.accent : colour,
          hidden: away && style === "allowed",
          zIndex: touches ? 1 : 0,
        };
      },
    });
    const layer = renderer.createCanvas("fields", { beforeLayer: "edges" });
    const fields = layer.getContext("2d");
    renderer.resize(true);
    renderer.refresh();
    if (camera) renderer.getCamera().setState(camera);
    if (fields) {
      const ratio = window.devicePixelRatio || 1;
      const draw = () => {
        // Sigma sizes the layers that it draws on, not this one.
        const { width, height } = renderer.getDimensions();
        if (layer.width !== width * ratio || layer.height !== height * ratio) {
          layer.width = width * ratio;
          layer.height = height * ratio;
          layer.style.width = `${width}px`;
          layer.style.height = `${height}px`;
        }
        fields.setTransform(ratio, 0, 0, ratio, 0, 0);
        drawFields(renderer, graph, fields);
      };
      renderer.on("beforeRender", draw);
      draw();
    }
    renderer.on("enterNode", ({ node }) => {
      pointed = node;
      lookAt(graph);
      frame.classList.add("pointing");
      renderer.refresh({ skipIndexation: true });
    });
    renderer.on("leaveNode", () => {
      pointed = undefined;
      lookAt(graph);
      frame.classList.remove("pointing");
      renderer.refresh({ skipIndexation: true });
    });
    renderer.on("clickNode", ({ node }) => props.choose(props.chosen === node ? undefined : node));
    renderer.on("clickStage", () => {
      // The wheel scrolls the page until somebody works on the map.
      renderer.setSetting("enableCameraZooming", true);
      props.choose(undefined);
    });
    renderer.on("doubleClickNode", (event) => {
      event.preventSigmaDefault();
      props.open?.(event.node);
    });
    sigma = renderer;
  };

  onMount(() => {
    start();
    createEffect(on([() => props.nodes, () => props.edges], start, { defer: true }));
    createEffect(
      on(
        () => props.chosen,
        () => {
          if (!sigma) return;
          lookAt(sigma.getGraph() as DirectedGraph);
          sigma.refresh({ skipIndexation: true });
        },
        { defer: true },
      ),
    );
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    window.addEventListener("themechange", start);
    dark.addEventListener("change", start);
    const leave = () => sigma?.setSetting("enableCameraZooming", false);
    frame.addEventListener("pointerleave", leave);
    onCleanup(() => {
      window.removeEventListener("themechange", start);
      dark.removeEventListener("change", start);
      sigma?.kill();
    });
  });
  const zoom = (by: "in" | "out" | "all") => {
    const camera = sigma?.getCamera();
    if (by === "in") void camera?.animatedZoom({ duration: 150 });
    else if (by === "out") void camera?.animatedUnzoom({ duration: 150 });
    else void camera?.animatedReset({ duration: 150 });
  };
  return (
    <>
      <div class="canvas" ref={frame} role="img" aria-label={`${props.label}. The table below says the same.`} />
      <div class="zoom no-print" role="group" aria-label="Size of the map">
        <button class="button icon-only tiny" type="button" aria-label="Larger" onClick={() => zoom("in")}>
          <Icon name="plus" />
        </button>
        <button class="button icon-only tiny" type="button" aria-label="Smaller" onClick={() => zoom("out")}>
          <Icon name="minus" />
        </button>
        <button class="button icon-only tiny" type="button" aria-label="All of it" onClick={() => zoom("all")}>
          <Icon name="fit" />
        </button>
      </div>
    </>
  );
}

/** A mark inside a node, so that its kind is told without its colour. */
function glyph(context: CanvasRenderingContext2D, shape: MapNode["shape"] | undefined, x: number, y: number, size: number, colour: string): void {
  if (shape === undefined || shape === "round") return;
  const r = size * 0.42;
  context.fillStyle = colour;
  context.beginPath();
  if (shape === "square") context.rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7);
  else {
    context.moveTo(x, y - r * 1.2);
    context.lineTo(x + r * 1.2, y);
    context.lineTo(x, y + r * 1.2);
    context.lineTo(x - r * 1.2, y);
    context.closePath();
  }
  context.fill();
}
