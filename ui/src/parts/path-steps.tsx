// The steps of a way in sentences, numbered as on its picture; each can be opened to see why it is there.
import type { JSX } from "solid-js";
import { For, Show } from "solid-js";
import type { Path, PathEdge } from "../api/names";
import { ObjectLink } from "./words";

interface Props {
  of: Path;
  chosen?: string;
  choose: (edge: string | undefined) => void;
  removed?: Set<string>;
  /** Takes a step away, or gives it back. */
  toggle?: (edge: PathEdge) => void;
}

export function PathSteps(props: Props): JSX.Element {
  const percent = (chance: number | null | undefined) => (chance === null || chance === undefined ? "" : `${Math.round(chance * 100)} %`);
  return (
    <ol class="steps">
      <For each={props.of.edges}>
        {(edge, index) => (
          <li classList={{ chosen: props.chosen === edge.id, gone: props.removed?.has(edge.id) }}>
            <button
              class="stephead"
              type="button"
              aria-expanded={props.chosen === edge.id}
              onClick={() => props.choose(props.chosen === edge.id ? undefined : edge.id)}
            >
              <span class="number num">{index() + 1}</span>
              <span class="says">{edge.says}</span>
              <span class="dim small num">{percent(edge.chance)}</span>
            </button>
            <Show when={props.chosen === edge.id}>
              <div class="stepmore">
                <p class="small dim row-of">
                  <Show when={edge.kind}>
                    <span class="mono">{edge.kind}</span>
                  </Show>
                  <Show when={edge.technique}>
                    <span>ATT&amp;CK {edge.technique}</span>
                  </Show>
                  <Show when={edge.seen_used !== undefined && edge.seen_used !== null}>
                    <span class="tag" classList={{ warn: edge.seen_used === true }}>
                      {edge.seen_used ? "seen used" : "never seen used"}
                    </span>
                  </Show>
                </p>
                <Show when={edge.reasons.length === 0 && edge.because.length > 0}>
                  <p class="small">There because of {edge.because.join("; ")}</p>
                </Show>
                <Show when={edge.reasons.length > 0}>
                  <p class="small">There because of</p>
                  <ul class="dots small">
                    <For each={edge.reasons}>
                      {(reason) => (
                        <li>
                          <ObjectLink of={reason.object} query={reason.path ? { field: reason.path } : undefined} />
                          <Show when={reason.path}>
                            {" "}
                            <code>{reason.path}</code>
                          </Show>
                        </li>
                      )}
                    </For>
                  </ul>
                </Show>
                <Show when={edge.fix} fallback={<p class="small dim">No single change takes this step away.</p>}>
                  {(fix) => (
                    <p class="small">
                      <span class="strong">Mended by</span> {fix().text}
                    </p>
                  )}
                </Show>
                <Show when={props.toggle}>
                  <button class="button tiny no-print" type="button" aria-pressed={props.removed?.has(edge.id)} onClick={() => props.toggle?.(edge)}>
                    {props.removed?.has(edge.id) ? "Give it back" : "What if this step were gone?"}
                  </button>
                </Show>
              </div>
            </Show>
          </li>
        )}
      </For>
    </ol>
  );
}
