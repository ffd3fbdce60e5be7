// One event as it came, with the rules that matched and the incidents it belongs to.
import type { JSX } from "solid-js";
import { For, Show } from "solid-js";
import type { Event as ApiEvent } from "../api/names";
import { useTimed } from "../api/query";
import { href, path, setParams } from "../lib/router";
import { toUrl } from "../lib/time";
import { Icon } from "../parts/icons";
import { Answer } from "../parts/states";
import { ActorLink, Code, When } from "../parts/words";

const QUARTER = 900_000;

export default function EventScreen(props: { id: string }): JSX.Element {
  const event = useTimed<ApiEvent>(() => path("events", props.id), undefined, []);
  const around = (time: string, by: number) => toUrl(new Date(Date.parse(time) + by));
  return (
    <Answer of={event}>
      {(data) => (
        <>
          <p class="crumb">
            <a href={href("/events")}>
              <Icon name="back" /> Events
            </a>
            <span class="dim mono">{data().row.id}</span>
          </p>
          <header class="heading">
            <h1>
              {data().row.verb} {data().row.resource} {[data().row.namespace, data().row.name].filter(Boolean).join("/")}
            </h1>
            <div class="acts">
              <a class="button" href={href("/events", { actor: data().row.actor, from: around(data().row.time, -QUARTER), to: around(data().row.time, QUARTER) })}>
                What they did around it
              </a>
              <button class="button" type="button" onClick={() => setParams({ at: data().row.time }, true)}>
                Look at that time
              </button>
            </div>
          </header>
          <div class="columns">
            <div class="lead">
              <Code text={JSON.stringify(data().raw, null, 2)} label="The event as it came" />
            </div>
            <aside class="side" aria-label="Facts">
              <dl class="facts">
                <dt>When</dt>
                <dd>
                  <When at={data().row.time} exact />
                </dd>
                <dt>Who</dt>
                <dd>
                  <ActorLink name={data().row.actor} />
                </dd>
                <Show when={data().row.impersonator}>
                  {(name) => (
                    <>
                      <dt>Authenticated as</dt>
                      <dd>
                        <ActorLink name={name()} />
                      </dd>
                    </>
                  )}
                </Show>
                <dt>Answer</dt>
                <dd class="num">{data().row.code || "–"}</dd>
                <dt>From</dt>
                <dd class="mono">{data().row.address || "–"}</dd>
                <dt>With</dt>
                <dd>{data().row.agent || "–"}</dd>
                <dt>Rules</dt>
                <dd>
                  <For each={data().rules} fallback={<span class="dim">none matched</span>}>
                    {(rule) => (
                      <div>
                        <a class="mono" href={href(path("checks", rule))}>
                          {rule}
                        </a>
                      </div>
                    )}
                  </For>
                </dd>
                <dt>Incidents</dt>
                <dd>
                  <For each={data().incidents} fallback={<span class="dim">none</span>}>
                    {(id) => (
                      <div>
                        <a class="mono" href={href(path("incidents", id))}>
                          {id}
                        </a>
                      </div>
                    )}
                  </For>
                </dd>
              </dl>
            </aside>
          </div>
        </>
      )}
    </Answer>
  );
}
