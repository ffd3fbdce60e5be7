// Filters whose state is the URL: chips for few values, a list for many.
import type { JSX } from "solid-js";
import { For, Show } from "solid-js";
import type { FacetCount } from "../api/names";
import { list, param, setParams } from "../lib/router";
import { count } from "../lib/time";
import { severity, SeverityMark } from "./severity";

/** `false_positive` as people read it. */
export function wordOf(value: string): string {
  return value === "-" ? "nobody" : value.replaceAll("_", " ").replaceAll("-", " ");
}

export function toggleIn(name: string, value: string): void {
  const now = list(name);
  setParams({ [name]: (now.includes(value) ? now.filter((one) => one !== value) : [...now, value]).join(",") });
}

/** One chip a value; several can be on. */
export function Chips(props: { name: string; label: string; values: FacetCount[]; marks?: boolean; order?: string[]; plain?: boolean }): JSX.Element {
  const values = () => {
    const known = new Map(props.values.map((one) => [one.value, one.count]));
    for (const on of list(props.name)) if (!known.has(on)) known.set(on, 0);
    const all = [...known].map(([value, n]) => ({ value, n }));
    const order = props.order;
    return order ? all.sort((a, b) => order.indexOf(a.value) - order.indexOf(b.value)) : all;
  };
  return (
    <Show when={values().length > 0}>
      <div class="chips" role="group" aria-label={props.label}>
        <For each={values()}>
          {(one) => (
            <button class="chip" type="button" aria-pressed={list(props.name).includes(one.value)} onClick={() => toggleIn(props.name, one.value)}>
              <Show when={props.marks} fallback={wordOf(one.value)}>
                <SeverityMark of={severity(one.value)} bare />
                {wordOf(one.value)}
              </Show>
              <Show when={!props.plain}>
                <b>{count(one.n)}</b>
              </Show>
            </button>
          )}
        </For>
      </div>
    </Show>
  );
}

/** A choice of one value out of many. */
export function Choice(props: { name: string; label: string; all: string; values: { value: string; title?: string; count?: number }[] }): JSX.Element {
  return (
    <select
      class="choice"
      aria-label={props.label}
      value={param(props.name)}
      onChange={(event) => setParams({ [props.name]: event.currentTarget.value })}
    >
      <option value="">{props.all}</option>
      <For each={props.values}>
        {(one) => (
          <option value={one.value} selected={param(props.name) === one.value}>
            {one.title ?? wordOf(one.value)}
            {one.count === undefined ? "" : ` (${one.count})`}
          </option>
        )}
      </For>
    </select>
  );
}

/** Words that the hub searches for; asked a moment after the last key. */
export function TextFilter(props: { name: string; label: string; placeholder?: string }): JSX.Element {
  let timer = 0;
  return (
    <input
      type="search"
      aria-label={props.label}
      placeholder={props.placeholder ?? "Filter"}
      value={param(props.name)}
      onInput={(event) => {
        const value = event.currentTarget.value;
        window.clearTimeout(timer);
        timer = window.setTimeout(() => setParams({ [props.name]: value }), 150);
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.blur();
      }}
    />
  );
}

/** The parts of a screen, as links: `tab` in the URL; the first is meant when there is none. */
export function Tabs(props: { tabs: [string, string][]; label: string; name?: string }): JSX.Element {
  const name = () => props.name ?? "tab";
  const current = () => param(name()) || props.tabs[0]?.[0];
  const to = (key: string) => {
    const url = new URL(window.location.href);
    // Filters of one part mean nothing in another.
    for (const key of [...url.searchParams.keys()]) if (!["at", "vs", "namespace"].includes(key)) url.searchParams.delete(key);
    if (key !== props.tabs[0]?.[0]) url.searchParams.set(name(), key);
    return url.pathname + url.search;
  };
  return (
    <nav class="tabs" aria-label={props.label}>
      <For each={props.tabs}>
        {([key, title]) => (
          <a href={(current(), to(key))} aria-current={current() === key ? "page" : undefined}>
            {title}
          </a>
        )}
      </For>
    </nav>
  );
}
