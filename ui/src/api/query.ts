// An answer of the hub that a screen shows: asked again when its address changes or when the hub says that something
// of its kind changed. The old answer stays until the new one is there, so that nothing flickers.
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup, untrack } from "solid-js";
import { param } from "../lib/router";
import { Failure, getTagged, type QueryValues, url } from "./client";
import { onChange } from "./live";
import type { MessageKind } from "./names";

export interface Query<T> {
  /** The newest answer; undefined before the first. */
  data: Accessor<T | undefined>;
  /** The version of the answer, for a write. */
  tag: Accessor<string>;
  failure: Accessor<Failure | undefined>;
  loading: Accessor<boolean>;
  again: () => void;
}

const RETRY = 3000;
/** A busy cluster changes every second; a screen need not. */
const SETTLE = 400;

/** The time that the screen looks at, for addresses that take it. */
export function atTime(): QueryValues {
  return { at: param("at") };
}

/** Asks `address()`; undefined asks nothing. `kinds` are the live messages that make the answer stale. */
export function useQuery<T>(address: Accessor<string | undefined>, kinds: MessageKind[] = []): Query<T> {
  const [data, setData] = createSignal<T | undefined>(undefined, { equals: false });
  const [tag, setTag] = createSignal("");
  const [failure, setFailure] = createSignal<Failure>();
  const [loading, setLoading] = createSignal(true);
  const [turn, setTurn] = createSignal(0);
  let retry = 0;
  let lastPath: string | undefined;
  let lastText = "";

  createEffect(
    on([address, turn], ([where]) => {
      window.clearTimeout(retry);
      if (where === undefined) {
        setData(undefined);
        setFailure(undefined);
        setLoading(false);
        lastPath = undefined;
        return;
      }
      const path = where.split("?")[0];
      // Another thing, not the same with another filter: the old answer would mislead.
      if (lastPath !== undefined && lastPath !== path) setData(undefined);
      lastPath = path;
      const abort = new AbortController();
      onCleanup(() => abort.abort());
      setLoading(true);
      getTagged<T>(where, abort.signal)
        .then((answer) => {
          setFailure(undefined);
          setTag(answer.tag);
          // An answer that says the same leaves the page, its focus and its scrolling alone.
          const text = JSON.stringify(answer.data);
          if (text !== lastText || untrack(data) === undefined) setData(() => answer.data);
          lastText = text;
          setLoading(false);
        })
        .catch((error: unknown) => {
          if (abort.signal.aborted) return;
          const why = error instanceof Failure ? error : new Failure("server", "This page could not read the answer", String(error));
          if (why.kind !== "offline") setData(undefined);
          setFailure(why);
          setLoading(false);
          if (why.kind === "offline") retry = window.setTimeout(again, RETRY);
        });
    }),
  );
  const again = () => setTurn(untrack(turn) + 1);

  let settle = 0;
  const stop = onChange((kind) => {
    if (kind !== "reload" && !kinds.includes(kind)) return;
    // What was, does not change.
    if (kind === "world" && param("at") !== "") return;
    window.clearTimeout(settle);
    settle = window.setTimeout(again, SETTLE);
  });
  onCleanup(() => {
    stop();
    window.clearTimeout(settle);
    window.clearTimeout(retry);
  });
  return { data, tag, failure, loading, again };
}

/** `useQuery` of an address that takes the time looked at. */
export function useTimed<T>(path: Accessor<string | undefined>, query: Accessor<QueryValues> = () => ({}), kinds: MessageKind[] = ["world"]): Query<T> {
  return useQuery<T>(() => {
    const where = path();
    return where === undefined ? undefined : url(where, { ...query(), ...atTime() });
  }, kinds);
}

/** A list that comes in pages, put together. */
export interface Pages<P, T> extends Query<P> {
  items: Accessor<T[]>;
  total: Accessor<number>;
  /** Asks for the rest, where the list is longer than what was fetched by itself. */
  more: () => void;
  hasMore: Accessor<boolean>;
}

const FIRST_PAGE = 100;
const NEXT_PAGE = 500;

interface PageLike<T> {
  items: T[];
  total?: number;
  next?: string | null;
}

/** Asks for the first page, shows it, then fetches on up to `most` items. */
export function usePages<P extends PageLike<T>, T = P["items"][number]>(
  path: Accessor<string | undefined>,
  query: Accessor<QueryValues>,
  kinds: MessageKind[] = ["world"],
  most = 2000,
): Pages<P, T> {
  const address = (values: QueryValues) => {
    const where = path();
    return where === undefined ? undefined : url(where, { ...query(), ...atTime(), ...values });
  };
  const first = useQuery<P>(() => address({ limit: FIRST_PAGE }), kinds);
  const [rest, setRest] = createSignal<T[]>([]);
  const [cursor, setCursor] = createSignal<string>();
  let abort: AbortController | undefined;
  let shown: string | undefined;
  /** `quiet`: the same list anew, so the rows that are there stay until all new ones have come. */
  const fetchOn = async (from: string, until: number, begin: T[], quiet: boolean) => {
    abort?.abort();
    const mine = (abort = new AbortController());
    let next: string | undefined = from;
    let all = begin;
    try {
      while (next !== undefined && (untrack(first.data)?.items.length ?? 0) + all.length < until) {
        const where: string | undefined = untrack(() => address({ limit: NEXT_PAGE, cursor: next }));
        if (where === undefined) return;
        const page: P = (await getTagged<P>(where, mine.signal)).data;
        all = [...all, ...page.items];
        next = page.next ?? undefined;
        if (!quiet) setRest(all);
        setCursor(next);
      }
      setRest(all);
    } catch {
      // The rest can be asked for again by the button; what is there stays.
      if (!mine.signal.aborted) setCursor(next);
    }
  };
  createEffect(
    on(first.data, (data) => {
      abort?.abort();
      const next = data?.next ?? undefined;
      const same = untrack(() => address({})) === shown;
      shown = untrack(() => address({}));
      setCursor(next);
      if (!same || next === undefined) setRest([]);
      if (next !== undefined) void fetchOn(next, most, [], same);
    }),
  );
  onCleanup(() => abort?.abort());
  const items = createMemo(() => [...(first.data()?.items ?? []), ...rest()]);
  return {
    ...first,
    items,
    total: () => first.data()?.total ?? items().length,
    hasMore: () => cursor() !== undefined,
    more: () => {
      const from = cursor();
      if (from !== undefined) void fetchOn(from, items().length + most, rest(), false);
    },
  };
}
