// One identity: what it can do and through what, what of it it uses, what is normal for it, and how it came to it.
import type { JSX } from "solid-js";
import { For, Show } from "solid-js";
import type { Grant, Identity } from "../api/names";
import { useTimed } from "../api/query";
import { href, path } from "../lib/router";
import { count, plural } from "../lib/time";
import { wordOf } from "../parts/filters";
import { Icon } from "../parts/icons";
import { SeverityMark } from "../parts/severity";
import { Answer } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { Bar, Code, objectName, ObjectLink, personName, userOf, When } from "../parts/words";
import { TrailList } from "./identities";

const GRANTS: Column<Grant>[] = [
  { key: "verbs", title: "May", value: (row) => row.verbs.join(", "), cell: (row) => <span class={row.verbs.includes("*") ? "strong" : ""}>{row.verbs.includes("*") ? "everything" : row.verbs.join(", ")}</span> },
  {
    key: "what",
    title: "On",
    value: (row) => [...row.resources, ...row.paths].join(", "),
    cell: (row) => (
      <>
        {row.resources.includes("*") ? <span class="strong">every resource</span> : [...row.resources, ...row.paths].join(", ")}
        <Show when={row.api_groups.some((group) => group !== "") && !row.api_groups.includes("*")}>
          <div class="dim small">{row.api_groups.filter((group) => group !== "").join(", ")}</div>
        </Show>
        <Show when={row.names.length > 0}>
          <div class="dim small">only {row.names.join(", ")}</div>
        </Show>
      </>
    ),
  },
  { key: "scope", title: "Where", value: (row) => row.scope || "whole cluster", cell: (row) => (row.scope === "" ? <span class="strong">whole cluster</span> : row.scope) },
  {
    key: "role",
    title: "Role and binding",
    from: 2,
    value: (row) => objectName(row.role),
    cell: (row) => (
      <>
        <div>
          <ObjectLink of={row.role} short />
        </div>
        <div class="small">
          <ObjectLink of={row.binding} short />
          {row.through ? <span class="dim"> through {row.through}</span> : null}
        </div>
      </>
    ),
  },
  {
    key: "used",
    title: "Calls",
    end: true,
    largestFirst: true,
    value: (row) => row.used ?? null,
    cell: (row) => (row.used === undefined || row.used === null ? <span class="dim">not known</span> : row.used === 0 ? <span class="tag warn">never used</span> : count(row.used)),
  },
];

export default function IdentityScreen(props: { id: string }): JSX.Element {
  const identity = useTimed<Identity>(() => path("identities", props.id), undefined, ["world", "incident"]);
  return (
    <Answer of={identity}>
      {(data) => (
        <>
          <p class="crumb">
            <a href={href("/identities")}>
              <Icon name="back" /> Identities
            </a>
          </p>
          <header class="heading">
            <div>
              <p class="row-of">
                <SeverityMark of={data().row.severity} label={`${data().row.severity} if lost`} />
                <span class="dim">{data().row.kind === "serviceaccount" ? "service account" : data().row.kind}</span>
              </p>
              <h1>{personName(data().row.name)}</h1>
            </div>
            <div class="acts">
              <a class="button" href={href("/events", { actor: userOf(data().row.id) })}>
                Its calls
              </a>
              <Show when={data().row.incidents > 0}>
                <a class="button" href={href("/", { text: data().row.name })}>
                  {plural(data().row.incidents, "incident")}
                </a>
              </Show>
            </div>
          </header>
          <div class="columns">
            <div class="lead">
              <Show when={data().row.powers.length > 0}>
                <section class="section">
                  <h2>What that means</h2>
                  <ul class="dots powers">
                    <For each={data().row.powers}>{(power) => <li>{power}</li>}</For>
                  </ul>
                </section>
              </Show>
              <section class="section">
                <h2>What it may do, rule by rule</h2>
                <Table name="grants" caption="Rules it is granted" rows={data().can} columns={GRANTS} id={(row) => JSON.stringify(row)} keyed />
              </section>
              <section class="section">
                <h2>Granted against used</h2>
                <Show
                  when={data().usage.observed.available}
                  fallback={
                    <p class="note">
                      Nothing shows which rights are used. {data().usage.observed.reason}
                    </p>
                  }
                >
                  <p class="says">
                    {plural(data().usage.calls, "call")} seen
                    <Show when={data().usage.since}>
                      {" "}
                      since <When at={data().usage.since} />
                    </Show>
                    .
                  </p>
                  <Show when={data().usage.suggestion} fallback={<p class="note">No smaller role is proposed: too little was seen, or every rule is used.</p>}>
                    {(suggestion) => (
                      <>
                        <p class="proof">
                          <Icon name="check" /> {count(data().usage.still_allowed)} of {count(data().usage.calls)} calls seen would still be allowed by this role
                        </p>
                        <Code text={suggestion()} label="Roles of least privilege" />
                      </>
                    )}
                  </Show>
                </Show>
              </section>
              <section class="section">
                <h2>Changes of its roles</h2>
                <Show when={data().trail.length > 0} fallback={<p class="note">None in the time that is kept.</p>}>
                  <TrailList changes={data().trail} />
                </Show>
              </section>
            </div>
            <aside class="side" aria-label="Facts">
              <dl class="facts">
                <dt>Full name</dt>
                <dd class="mono">{userOf(data().row.id)}</dd>
                <dt>Calls</dt>
                <dd class="num">{count(data().row.calls)}</dd>
                <dt>Last seen</dt>
                <dd>
                  <When at={data().row.last_seen} exact />
                </dd>
                <dt>Runs as it</dt>
                <dd>
                  <For each={data().runs} fallback={<span class="dim">no workload</span>}>
                    {(object) => (
                      <div>
                        <ObjectLink of={object} />
                      </div>
                    )}
                  </For>
                </dd>
              </dl>
              <section class="section">
                <h2>What is normal for it</h2>
                <Show when={data().normal} fallback={<p class="note">Nothing was learned of it yet.</p>}>
                  {(normal) => (
                    <>
                      <p class="small soft">
                        {plural(normal().samples, "call")} on {plural(normal().days, "day")} since <When at={normal().since} />
                        <Show when={!normal().mature}>
                          {" "}
                          <span class="tag warn">too little to judge by</span>
                        </Show>
                      </p>
                      <Hours of={normal().hours} />
                      <For each={normal().sides}>
                        {(side) => (
                          <>
                            <h3 class="sidehead">{wordOf(side.what)}</h3>
                            <ul class="sums usual">
                              <For each={side.values.slice(0, 6)}>
                                {(value) => (
                                  <li>
                                    <span class="num points">{Math.round(value.share * 100)} %</span>
                                    <span>
                                      <span class="mono">{value.value}</span>
                                      <Bar part={value.share} of={1} label={`${Math.round(value.share * 100)} percent`} />
                                    </span>
                                  </li>
                                )}
                              </For>
                            </ul>
                            <Show when={side.values.length > 6}>
                              <p class="small dim">and {side.values.length - 6} rarer</p>
                            </Show>
                          </>
                        )}
                      </For>
                    </>
                  )}
                </Show>
              </section>
            </aside>
          </div>
        </>
      )}
    </Answer>
  );
}

/** Calls in each hour of the day as a row of bars. */
function Hours(props: { of: number[] }): JSX.Element {
  const most = () => Math.max(0.0001, ...props.of);
  return (
    <figure>
      <svg class="hours" viewBox="0 0 240 40" preserveAspectRatio="none" role="img" aria-label={`Calls by hour, UTC: most at ${props.of.indexOf(most())} o'clock`}>
        <For each={props.of}>{(share, hour) => <rect x={hour() * 10} y={40 - (38 * share) / most()} width={8.5} height={(38 * share) / most()} />}</For>
      </svg>
      <figcaption class="small dim hoursline">
        <span>0 h</span>
        <span>6 h</span>
        <span>12 h</span>
        <span>18 h</span>
        <span>24 h UTC</span>
      </figcaption>
    </figure>
  );
}
