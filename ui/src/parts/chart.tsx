// A line chart by uPlot, in the colours of the page. Fetched when the first chart is shown.
import type { JSX } from "solid-js";
import { createEffect, onCleanup, onMount } from "solid-js";
import uPlot from "uplot";
import { colourOf } from "../lib/colour";
import { exactTime, onlyClock, onlyDay } from "../lib/time";
import "uplot/dist/uPlot.min.css";

export interface Line {
  title: string;
  values: (number | null)[];
  /** A colour of the page, `--high`. */
  colour: string;
  dash?: number[];
  fill?: boolean;
}

/** The day at midnight, the hour otherwise. */
function tickText(seconds: number): string {
  const at = new Date(seconds * 1000);
  return at.getHours() === 0 && at.getMinutes() === 0 ? onlyDay(at.toISOString()).replace(/^\w+ /, "") : onlyClock(at.toISOString()).slice(0, 5);
}

export default function Chart(props: { times: number[]; lines: Line[]; height?: number; max?: number; label: string }): JSX.Element {
  let frame!: HTMLDivElement;
  let chart: uPlot | undefined;
  const draw = () => {
    chart?.destroy();
    const colour = colourOf;
    const font = `11px ${getComputedStyle(document.documentElement).getPropertyValue("--face").trim()}`;
    const axis = { stroke: colour("--ink-3"), font, grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    chart = new uPlot(
      {
        width: Math.max(200, frame.clientWidth),
        height: props.height ?? 180,
        padding: [8, 8, 0, 0],
        cursor: { y: false, points: { size: 6 } },
        scales: { y: { range: (_, low, high) => [Math.min(0, low), Math.max(props.max ?? 0, high, 1)] } },
        axes: [
          { ...axis, size: 26, space: 70, grid: { show: false }, values: (_, ticks) => ticks.map(tickText) },
          { ...axis, size: 40 },
        ],
        series: [
          { value: (_, time) => (time === null || time === undefined ? "–" : exactTime(new Date(time * 1000).toISOString())) },
          ...props.lines.map((line) => ({
            label: line.title,
            stroke: colour(line.colour),
            width: 1.75,
            dash: line.dash,
            fill: line.fill ? `color-mix(in srgb, ${colour(line.colour)} 12%, transparent)` : undefined,
            points: { show: props.times.length < 3 },
          })),
        ],
      },
      [props.times, ...props.lines.map((line) => line.values)],
      frame,
    );
  };
  onMount(() => {
    createEffect(draw);
    const observer = new ResizeObserver(() => chart?.setSize({ width: Math.max(200, frame.clientWidth), height: props.height ?? 180 }));
    observer.observe(frame);
    window.addEventListener("themechange", draw);
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    onCleanup(() => {
      observer.disconnect();
      window.removeEventListener("themechange", draw);
      dark.removeEventListener("change", draw);
      chart?.destroy();
    });
  });
  return <div class="chart" ref={frame} role="img" aria-label={props.label} />;
}
