// The time control: when to look at, and what to compare it with. The strip shows how much happened when; a click on it
// looks at that time, a click with Shift compares with it.
import type { JSX } from "solid-js";
import { createMemo, For, onCleanup, onMount, Show } from "solid-js";
import { useQuery } from "../api/query";
import { url } from "../api/client";
import type { Timeline } from "../api/names";
import { useKeys } from "../lib/keys";
import { href, param, setParams } from "../lib/router";
import { onlyDay, shortTime, toLocalInput, toUrl } from "../lib/time";
import { now } from "./now";
import { severity } from "./severity";

const HOUR = 3_600_000;
const PRESETS: [string, number][] = [
  ["1 h ago", HOUR],
  ["6 h ago", 6 * HOUR],
  ["a day ago", 24 * HOUR],
  ["a week ago", 7 * 24 * HOUR],
];

const WIDTH = 1000;
const HEIGHT = 56;

export function TimePanel(props: { close: () => void }): JSX.Element {
  let panel!: HTMLDivElement;
  const timeline = useQuery<Timeline>(() => url("/timeline", { buckets: 160 }));
  const reach = createMemo(() => {
    const line = timeline.data();
    if (!line) return undefined;
    const from = Date.parse(line.from);
    const to = Math.max(Date.parse(line.to), from + 1);
    return { line, from, to };
  });
  const at = (time: number) => {
    const { from, to } = reach() ?? { from: 0, to: 1 };
    return (WIDTH * (time - from)) / (to - from);
  };
  const most = createMemo(() => Math.max(1, ...(timeline.data()?.buckets ?? []).map((bucket) => Math.sqrt(bucket.events + bucket.changes))));
  const days = createMemo(() => {
    const span = reach();
    if (!span) return [];
    const midnight = new Date(span.from);
    midnight.setHours(24, 0, 0, 0);
    const found: Date[] = [];
    const step = Math.max(1, Math.ceil((span.to - span.from) / (24 * HOUR) / 12));
    for (let day = midnight; day.getTime() < span.to; day = new Date(day.getTime() + step * 24 * HOUR)) found.push(day);
    return found;
  });
  const pick = (event: MouseEvent & { currentTarget: Element }) => {
    const span = reach();
    if (!span) return;
    const box = event.currentTarget.getBoundingClientRect();
    const time = span.from + ((event.clientX - box.left) / box.width) * (span.to - span.from);
    setParams({ [event.shiftKey ? "vs" : "at"]: toUrl(new Date(time)) }, true);
  };
  useKeys((event) => {
    if (event.key !== "Escape") return false;
    props.close();
    return true;
  });
  onMount(() => {
    panel.querySelector<HTMLElement>("input, button")?.focus();
    const outside = (event: MouseEvent) => {
      const target = event.target as Element;
      if (!panel.contains(target) && !target.closest("[data-time]")) props.close();
    };
    // Not on mousedown: the page moves up when the panel goes, and the click would miss what it was meant for.
    document.addEventListener("click", outside);
    onCleanup(() => document.removeEventListener("click", outside));
  });
  const fromInput = (name: string) => (event: Event & { currentTarget: HTMLInputElement }) => {
    const value = event.currentTarget.value;
    setParams({ [name]: value === "" ? "" : toUrl(new Date(value)) }, true);
  };
  const inputValue = (name: string) => (param(name) === "" ? "" : toLocalInput(new Date(param(name))));
  return (
    <div
      class="timepanel no-print"
      ref={panel}
      role="dialog"
      aria-label="Time"
      onKeyDown={(event) => {
        if (event.key === "Escape") props.close();
      }}
    >
      <div class="row-of timefields">
        <label class="field">
          <span>Look at</span>
          <input type="datetime-local" value={inputValue("at")} onChange={fromInput("at")} />
        </label>
        <label class="field">
          <span>Compare with</span>
          <input type="datetime-local" value={inputValue("vs")} onChange={fromInput("vs")} />
        </label>
        <div class="chips presets">
          <button class="chip" type="button" aria-pressed={param("at") === ""} onClick={() => setParams({ at: "", vs: "" }, true)}>
            Now
          </button>
          <For each={PRESETS}>
            {([title, back]) => (
              <button class="chip" type="button" onClick={() => setParams({ at: toUrl(new Date(now().getTime() - back)) }, true)}>
                {title}
              </button>
            )}
          </For>
        </div>
        <Show when={param("vs")}>
          <a class="button" href={href("/drift", { tab: "difference" })} onClick={() => props.close()}>
            Show the difference
          </a>
        </Show>
      </div>
      <Show when={reach()} fallback={<p class="note small">{timeline.failure() ? timeline.failure()?.detail || timeline.failure()?.title : "…"}</p>}>
        {(span) => (
          <div class="strip">
            {/* The fields above do the same from the keyboard. */}
            <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" onClick={pick} aria-hidden="true">
              <For each={span().line.buckets}>
                {(bucket, index) => {
                  const width = WIDTH / span().line.buckets.length;
                  const high = (Math.sqrt(bucket.events + bucket.changes) / most()) * (HEIGHT - 14);
                  return (
                    <>
                      <rect class="quiet" x={index() * width} y={HEIGHT - high} width={Math.max(1, width - 1)} height={high} />
                      <Show when={bucket.incidents > 0}>
                        <rect class={`mark sev-${severity(bucket.worst)}`} x={index() * width} y={0} width={Math.max(3, width - 1)} height={8} />
                      </Show>
                    </>
                  );
                }}
              </For>
              <For each={(["at", "vs"] as const).filter((name) => param(name) !== "")}>
                {(name) => <rect class={`hand ${name}`} x={at(Date.parse(param(name))) - 1} y={0} width={2} height={HEIGHT} />}
              </For>
            </svg>
            <div class="days small dim" aria-hidden="true">
              <For each={days()}>{(day) => <span style={{ left: `${at(day.getTime()) / 10}%` }}>{onlyDay(day.toISOString())}</span>}</For>
            </div>
            <p class="small dim">
              Bars tell how much happened, marks are incidents. Click to look at a time, Shift and click to compare with it.
              <Show when={span().line.kept_since}>{(since) => <> Kept since {shortTime(since(), now())}.</>}</Show>
            </p>
          </div>
        )}
      </Show>
    </div>
  );
}
