// A table: sorted and filtered by the URL, walked with j and k, drawn only where it is seen, saved as CSV or JSON.
import type { JSX } from "solid-js";
import { createEffect, createMemo, createSignal, For, onCleanup, onMount, Show } from "solid-js";
import { param, setParams } from "../lib/router";
import { useKeys } from "../lib/keys";
import { count } from "../lib/time";
import { SaveButtons } from "./save-buttons";

export interface Column<T> {
  key: string;
  title: string;
  /** What is sorted, searched and saved. */
  value: (row: T) => string | number | boolean | null | undefined;
  /** What is shown, if other than the value. */
  cell?: (row: T) => JSX.Element;
  end?: boolean;
  /** From which width on it is shown: 1 always, 2 from tablets, 3 from laptops, 4 on wide screens. */
  from?: 1 | 2 | 3 | 4;
  width?: string;
  /** Numbers and severities start with the largest. */
  largestFirst?: boolean;
}

interface Props<T> {
  /** Names the table: for files, the caption and the URL. */
  name: string;
  caption: string;
  rows: T[];
  columns: Column<T>[];
  id: (row: T) => string;
  /** Where a row leads. */
  open?: (row: T) => void;
  selected?: string;
  /** Called when j and k move on. */
  onSelect?: (row: T) => void;
  /** More keys on the chosen row. */
  keys?: (key: string, row: T) => boolean;
  /** Hide the search field: the screen has its own. */
  plain?: boolean;
  /** Prefix of the URL's parameters, where a screen has several tables. */
  scope?: string;
  rowHeight?: number;
  tools?: JSX.Element;
  sort?: string;
  fixed?: boolean;
  /** How many there are in all, where the hub sent a part. */
  total?: number;
  empty?: JSX.Element;
  /** Let keys go to this table. Only one table of a screen should. */
  keyed?: boolean;
  /** A click on a row leads on, even where `onSelect` is told too. */
  openOnClick?: boolean;
}

const WHOLE = 120;
const OVERSCAN = 12;

export function Table<T>(props: Props<T>): JSX.Element {
  const name = (key: string) => (props.scope ? `${props.scope}.${key}` : key);
  const text = () => (props.plain ? "" : param(name("q")));
  const sort = () => param(name("sort")) || props.sort || "";
  const height = () => props.rowHeight ?? 35;

  const shown = createMemo(() => {
    const words = text().toLowerCase().split(/\s+/).filter((word) => word !== "");
    let rows = props.rows;
    if (words.length > 0) {
      rows = rows.filter((row) => {
        const all = props.columns.map((column) => String(column.value(row) ?? "")).join(" ").toLowerCase();
        return words.every((word) => all.includes(word));
      });
    }
    const key = sort().replace(/^-/, "");
    const column = props.columns.find((one) => one.key === key);
    if (!column) return rows;
    const way = sort().startsWith("-") ? -1 : 1;
    return [...rows].sort((a, b) => way * compare(column.value(a), column.value(b)));
  });

  let body!: HTMLTableSectionElement;
  const [range, setRange] = createSignal({ from: 0, to: WHOLE });
  const [printing, setPrinting] = createSignal(false);
  const virtual = () => !printing() && shown().length > WHOLE;

  const measure = () => {
    if (!virtual()) return;
    const top = body.getBoundingClientRect().top;
    const from = Math.max(0, Math.floor(-top / height()) - OVERSCAN);
    const to = Math.min(shown().length, Math.ceil((window.innerHeight - top) / height()) + OVERSCAN);
    const now = range();
    if (from !== now.from || to !== now.to) setRange({ from, to });
  };
  onMount(() => {
    let frame = 0;
    const later = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(measure);
    };
    const before = () => setPrinting(true);
    const after = () => setPrinting(false);
    window.addEventListener("scroll", later, { passive: true });
    window.addEventListener("resize", later);
    window.addEventListener("beforeprint", before);
    window.addEventListener("afterprint", after);
    createEffect(() => {
      shown();
      later();
    });
    onCleanup(() => {
      cancelAnimationFrame(frame);
      window.removeEventListener("scroll", later);
      window.removeEventListener("resize", later);
      window.removeEventListener("beforeprint", before);
      window.removeEventListener("afterprint", after);
    });
  });
  const part = createMemo(() => {
    const rows = shown();
    if (!virtual()) return { rows, before: 0, after: 0, first: 0 };
    const to = Math.min(range().to, rows.length);
    const from = Math.min(range().from, to);
    return { rows: rows.slice(from, to), before: from * height(), after: (rows.length - to) * height(), first: from };
  });

  const [own, setOwn] = createSignal<string>();
  const chosen = () => props.selected ?? own();
  const choose = (row: T) => {
    setOwn(props.id(row));
    props.onSelect?.(row);
  };
  const move = (by: number): boolean => {
    const rows = shown();
    if (rows.length === 0) return false;
    const now = rows.findIndex((row) => props.id(row) === chosen());
    const next = Math.max(0, Math.min(rows.length - 1, now < 0 ? 0 : now + by));
    const row = rows[next] as T;
    choose(row);
    queueMicrotask(() => reveal(next));
    return true;
  };
  const reveal = (index: number) => {
    const top = body.getBoundingClientRect().top + (virtual() ? index * height() : offsetOf(index));
    const low = 112;
    const high = window.innerHeight - height() - 70;
    if (top < low) window.scrollBy(0, top - low);
    else if (top > high) window.scrollBy(0, top - high);
  };
  const offsetOf = (index: number) => (body.rows[index] as HTMLTableRowElement | undefined)?.offsetTop ?? index * height();

  useKeys((event) => {
    if (!props.keyed) return false;
    if (event.key === "j" || event.key === "ArrowDown") return move(1);
    if (event.key === "k" || event.key === "ArrowUp") return move(-1);
    const row = shown().find((one) => props.id(one) === chosen());
    if (!row) return false;
    // Enter on a link or a button is theirs.
    if (event.key === "Enter" && props.open && !(event.target as Element).closest("a, button, summary")) {
      props.open(row);
      return true;
    }
    return props.keys?.(event.key, row) ?? false;
  });

  const turn = (column: Column<T>) => {
    const now = sort();
    const first = column.largestFirst ? `-${column.key}` : column.key;
    const second = column.largestFirst ? column.key : `-${column.key}`;
    setParams({ [name("sort")]: now === first ? second : first });
  };
  const ariaSort = (column: Column<T>) =>
    sort() === column.key ? "ascending" : sort() === `-${column.key}` ? "descending" : undefined;
  const arrow = (column: Column<T>) => (sort() === column.key ? " ↑" : sort() === `-${column.key}` ? " ↓" : "");
  const priority = (column: Column<T>) => (column.from && column.from > 1 ? `p${column.from}` : "");

  return (
    <div>
      <div class="tools" classList={{ bare: props.plain && !props.tools }}>
        <div class="asked">
          <Show when={!props.plain}>
            <input
              type="search"
              aria-label={`Filter ${props.caption}`}
              placeholder="Filter"
              value={text()}
              onInput={(event) => setParams({ [name("q")]: event.currentTarget.value })}
              onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
            />
          </Show>
          {props.tools}
        </div>
        <div class="told">
          <span class="dim small num">
            {count(shown().length)}
            <Show when={shown().length !== (props.total ?? props.rows.length)}> of {count(props.total ?? props.rows.length)}</Show>
          </span>
          <SaveButtons
            name={props.name}
            header={props.columns.map((column) => column.title || column.key)}
            rows={() => shown().map((row) => props.columns.map((column) => column.value(row)))}
            json={shown}
          />
        </div>
      </div>
      <Show
        when={shown().length > 0}
        fallback={
          <Show when={props.rows.length > 0} fallback={props.empty ?? <p class="note">Nothing here.</p>}>
            <div class="state">
              <h2>Nothing matches this filter</h2>
              <p>
                {count(props.rows.length)} are there.{" "}
                <button class="button tiny" type="button" onClick={() => setParams({ [name("q")]: "" })}>
                  Clear the filter
                </button>
              </p>
            </div>
          </Show>
        }
      >
        <div class="tablewrap">
        <table class="table" classList={{ fixed: props.fixed }} aria-rowcount={shown().length + 1}>
          <caption class="hidden-but-read">{props.caption}</caption>
          <Show when={props.columns.some((column) => column.width)}>
            <colgroup>
              <For each={props.columns}>{(column) => <col class={priority(column)} style={{ width: column.width }} />}</For>
            </colgroup>
          </Show>
          <thead>
            <tr>
              <For each={props.columns}>
                {(column) => (
                  <th scope="col" class={`${column.end ? "end" : ""} ${priority(column)}`} aria-sort={ariaSort(column)}>
                    <button type="button" onClick={() => turn(column)}>
                      {column.title}
                      {arrow(column)}
                    </button>
                  </th>
                )}
              </For>
            </tr>
          </thead>
          <tbody ref={body}>
            <Show when={part().before > 0}>
              <tr class="gap" aria-hidden="true">
                <td style={{ height: `${part().before}px` }} />
              </tr>
            </Show>
            <For each={part().rows}>
              {(row, index) => (
                <tr
                  classList={{ row: props.open !== undefined || props.onSelect !== undefined }}
                  aria-selected={props.onSelect || props.keyed ? chosen() === props.id(row) : undefined}
                  aria-rowindex={part().first + index() + 2}
                  onClick={(event) => {
                    if ((event.target as Element).closest("a, button, input, select, summary")) return;
                    if (window.getSelection()?.toString()) return;
                    choose(row);
                    if (!props.onSelect || props.openOnClick) props.open?.(row);
                  }}
                >
                  <For each={props.columns}>
                    {(column) => (
                      <td class={`${column.end ? "end" : ""} ${priority(column)}`}>
                        {column.cell ? column.cell(row) : shownValue(column.value(row))}
                      </td>
                    )}
                  </For>
                </tr>
              )}
            </For>
            <Show when={part().after > 0}>
              <tr class="gap" aria-hidden="true">
                <td style={{ height: `${part().after}px` }} />
              </tr>
            </Show>
          </tbody>
        </table>
        </div>
      </Show>
    </div>
  );
}

function shownValue(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "number" ? count(value) : String(value);
}

function compare(a: string | number | boolean | null | undefined, b: string | number | boolean | null | undefined): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : -1;
  if (b === null || b === undefined) return 1;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}
