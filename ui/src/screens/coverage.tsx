// What is not seen, what was lost, and how the hub itself is. "No alert" means something only for what is seen.
import type { JSX } from "solid-js";
import { For, Show } from "solid-js";
import { url } from "../api/client";
import type { Coverage, Health, Missing, PartHealth } from "../api/names";
import { useQuery, useTimed } from "../api/query";
import { href, path } from "../lib/router";
import { count, plural, span } from "../lib/time";
import { wordOf } from "../parts/filters";
import { Answer } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { inline, When } from "../parts/words";

const STATES: Record<string, string> = { live: "good", recorded: "low", stale: "warn", absent: "bad", ok: "good", degraded: "warn", failed: "bad" };

export default function CoverageScreen(): JSX.Element {
  const coverage = useTimed<Coverage>(() => "/coverage", undefined, ["world", "health"]);
  const health = useQuery<Health>(() => url("/health"), ["health", "world"]);
  return (
    <>
      <header class="heading">
        <h1>Coverage and health</h1>
        <p class="says">What Catseye sees, and what it does not: no alert means nothing where nothing is seen.</p>
        <div class="acts">
          <button class="button tiny" type="button" onClick={() => window.print()}>
            Print
          </button>
        </div>
      </header>
      <Answer of={coverage}>
        {(data) => (
          <>
            <section>
              <h2>Sources</h2>
              <ul class="sources">
                <For each={data().sources}>
                  {(source) => (
                    <li>
                      <span class="name strong">{source.name}</span>
                      <span class={`tag ${STATES[source.state] ?? ""}`}>{source.state}</span>
                      <span class="text">{inline(source.text)}</span>
                      <span class="num dim">
                        {count(source.count)}
                        <Show when={source.lag_seconds !== undefined && source.lag_seconds !== null}>
                          {" "}
                          · {span((source.lag_seconds ?? 0) * 1000)} behind
                        </Show>
                      </span>
                      <span class="dim">
                        <When at={source.last} />
                      </span>
                    </li>
                  )}
                </For>
              </ul>
            </section>
            <section class="section">
              <h2>Lost or cut</h2>
              <Losses of={data().lost} />
            </section>
            <MissingSection title="Detection rules that cannot see what they need" rows={data().rules_blind} name="blind-rules" scope="b" link />
            <MissingSection title="Checks that could not answer" rows={data().checks_unknown} name="unknown-checks" scope="k" link />
            <MissingSection title="Kinds that cannot be read" rows={data().kinds_missing} name="missing-kinds" scope="m" />
          </>
        )}
      </Answer>
      <section class="section">
        <h2>The hub</h2>
        <Answer of={health}>
          {(data) => (
            <>
              <dl class="figures">
                <div>
                  <dt>Objects</dt>
                  <dd>{count(data().objects)}</dd>
                </div>
                <div>
                  <dt>Events taken in</dt>
                  <dd>{count(data().events)}</dd>
                </div>
                <div>
                  <dt>Version of the state</dt>
                  <dd>{count(data().world)}</dd>
                </div>
                <div>
                  <dt>Program</dt>
                  <dd>
                    <small>
                      {data().version}, {data().mode}, {data().ready ? "ready" : "not ready yet"}, since <When at={data().started} />
                    </small>
                  </dd>
                </div>
              </dl>
              <ul class="sources">
                <For each={data().parts}>{(part) => <Part of={part} />}</For>
              </ul>
            </>
          )}
        </Answer>
      </section>
    </>
  );
}

function Part(props: { of: PartHealth }): JSX.Element {
  return (
    <li>
      <span class="name strong">{props.of.name}</span>
      <span class={`tag ${STATES[props.of.state] ?? ""}`}>{props.of.state}</span>
      <span class="text">{inline(props.of.text)}</span>
      <span class="num dim small figureline">
        <For each={Object.entries(props.of.figures)}>
          {([name, value]) => (
            <span>
              {wordOf(name)} {Number.isInteger(value) ? count(value) : value.toFixed(2)}
            </span>
          )}
        </For>
      </span>
    </li>
  );
}

function Losses(props: { of: Record<string, number> }): JSX.Element {
  const entries = () => Object.entries(props.of).sort(([, a], [, b]) => b - a);
  const some = () => entries().filter(([, value]) => value > 0);
  return (
    <Show when={some().length > 0} fallback={<p class="note">Nothing was lost, as far as is counted ({plural(entries().length, "counter")}).</p>}>
      <ul class="rows">
        <For each={some()}>
          {([name, value]) => (
            <li>
              <span class="num strong losses">{count(value)}</span>
              <span>{wordOf(name)}</span>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

function MissingSection(props: { title: string; rows: Missing[]; name: string; scope: string; link?: boolean }): JSX.Element {
  const columns: Column<Missing>[] = [
    {
      key: "what",
      title: "What",
      width: "30%",
      value: (row) => row.what,
      cell: (row) => {
        const id = /^[A-Z]{2,4}-\d+/.exec(row.what)?.[0];
        return props.link && id ? <a href={href(path("checks", id))}>{row.what}</a> : row.what;
      },
    },
    { key: "reason", title: "Why", value: (row) => row.reason },
    { key: "count", title: "How often", width: "6.9rem", end: true, largestFirst: true, value: (row) => row.count },
  ];
  return (
    <section class="section">
      <h2>
        {props.title}: {count(props.rows.length)}
      </h2>
      <Show when={props.rows.length > 0} fallback={<p class="note">None.</p>}>
        <Table name={props.name} scope={props.scope} plain={props.rows.length < 15} caption={props.title} rows={props.rows} columns={columns} id={(row) => row.what + row.reason} sort="-count" />
      </Show>
    </section>
  );
}
