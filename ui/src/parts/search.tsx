// Search over everything, opened with `/`.
import type { JSX } from "solid-js";
import { createEffect, createSignal, For, Show } from "solid-js";
import { useTimed } from "../api/query";
import type { Hit, SearchResult } from "../api/names";
import { href, navigate, path } from "../lib/router";
import { Dialog } from "./dialog";
import { SCREENS } from "./screens";
import { SeverityMark } from "./severity";

/** The screen of a hit. */
function screenOf(hit: Hit): string {
  switch (hit.kind) {
    case "incident":
      return path("incidents", hit.id);
    case "application":
      return path("applications", hit.id);
    case "identity":
      return path("identities", hit.id);
    case "check":
      return path("checks", hit.id);
    case "namespace":
      return `/network?namespace=${encodeURIComponent(hit.id)}`;
    default: {
      const [kind = "", namespace = "", name = ""] = hit.href.replace(/^.*\/(workloads|objects)\//, "").split("/").map(decodeURIComponent);
      return path("objects", kind, namespace, name);
    }
  }
}

export function Search(props: { close: () => void }): JSX.Element {
  const [text, setText] = createSignal("");
  const [asked, setAsked] = createSignal("");
  const [chosen, setChosen] = createSignal(0);
  let timer = 0;
  createEffect(() => {
    const value = text().trim();
    window.clearTimeout(timer);
    timer = window.setTimeout(() => setAsked(value), 90);
  });
  const answer = useTimed<SearchResult>(
    () => (asked() === "" ? undefined : "/search"),
    () => ({ q: asked() }),
    [],
  );
  const places = (): { kind: string; title: string; text: string; to: string; severity?: string }[] => {
    const words = text().trim().toLowerCase();
    const screens = SCREENS.filter((screen) => screen.title.toLowerCase().includes(words)).map((screen) => ({
      kind: "screen",
      title: screen.title,
      text: `g ${screen.key}`,
      to: screen.path,
    }));
    const hits = (asked() === "" ? [] : (answer.data()?.hits ?? [])).map((hit) => ({
      kind: hit.kind,
      title: hit.title,
      text: hit.text,
      to: screenOf(hit),
      severity: hit.severity ?? undefined,
    }));
    return words === "" ? screens : [...hits, ...screens];
  };
  createEffect(() => {
    asked();
    setChosen(0);
  });
  const go = (to: string) => {
    props.close();
    navigate(href(to));
  };
  return (
    <Dialog title="Search" class="search" close={props.close} bare>
      <input
        type="search"
        role="combobox"
        aria-expanded="true"
        aria-controls="hits"
        aria-activedescendant={`hit-${chosen()}`}
        aria-label="Search"
        placeholder="Incident, workload, identity, object, check, namespace"
        autocomplete="off"
        spellcheck={false}
        value={text()}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          const all = places();
          if (event.key === "ArrowDown") setChosen((n) => Math.min(all.length - 1, n + 1));
          else if (event.key === "ArrowUp") setChosen((n) => Math.max(0, n - 1));
          else if (event.key === "Enter") {
            const place = all[chosen()];
            if (place) go(place.to);
          } else return;
          event.preventDefault();
          queueMicrotask(() => document.getElementById(`hit-${chosen()}`)?.scrollIntoView({ block: "nearest" }));
        }}
      />
      <ul id="hits" role="listbox" aria-label="Found">
        <For each={places()}>
          {(place, index) => (
            <li id={`hit-${index()}`} role="option" aria-selected={chosen() === index()}>
              <a
                class="hit"
                href={href(place.to)}
                tabindex="-1"
                onClick={(event) => {
                  event.preventDefault();
                  go(place.to);
                }}
              >
                <span class="kind">{place.kind}</span>
                <span class="cut">
                  <Show when={place.severity}>
                    <SeverityMark of={place.severity} bare />{" "}
                  </Show>
                  {place.title}
                </span>
                <span class="where cut">{place.text}</span>
              </a>
            </li>
          )}
        </For>
      </ul>
      <Show when={text().trim() !== "" && places().length === 0 && !answer.loading()}>
        <p class="note">Nothing is called that. Parts of names are enough; case does not matter.</p>
      </Show>
    </Dialog>
  );
}
