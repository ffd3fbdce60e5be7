// What admission objected to: refusals with their reasons, warnings, and what was let through while nobody judged.
import type { JSX } from "solid-js";
import { For, Show } from "solid-js";
import type { Admission, AdmissionCounts, AdmissionObjection, AdmissionRow, Admissions } from "../api/names";
import { usePages, useTimed } from "../api/query";
import { href, navigate, param, path } from "../lib/router";
import { count, plural } from "../lib/time";
import { Chips, Choice, TextFilter, wordOf } from "../parts/filters";
import { Icon } from "../parts/icons";
import { rank, SeverityMark } from "../parts/severity";
import { Answer, Empty } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { ActorLink, Code, When } from "../parts/words";

const OUTCOMES = ["denied", "warned", "audited", "accepted", "glass-broken", "let-through"];
const LOOKS: Record<string, string> = { denied: "bad", warned: "warn", "glass-broken": "bad", "let-through": "warn" };

function OutcomeTag(props: { of: string }): JSX.Element {
  return <span class={`tag ${LOOKS[props.of] ?? ""}`}>{wordOf(props.of)}</span>;
}

const worst = (row: AdmissionRow) => Math.max(0, ...row.objections.map((one) => rank(one.severity)));
const place = (row: AdmissionRow) => [row.namespace, row.name].filter((part) => part !== "").join("/");

const COLUMNS: Column<AdmissionRow>[] = [
  {
    key: "time",
    title: "Time",
    width: "11.8rem",
    from: 2,
    value: (row) => row.time,
    cell: (row) => (
      <Show when={row.request} fallback={<When at={row.time} exact />}>
        <a class="plainlink" href={href(path("events", "admission", row.request))}>
          <When at={row.time} exact />
        </a>
      </Show>
    ),
  },
  { key: "outcome", title: "Outcome", width: "7.2rem", value: (row) => row.outcome, cell: (row) => <OutcomeTag of={row.outcome} /> },
  {
    key: "user",
    title: "Who",
    width: "18%",
    from: 2,
    value: (row) => row.user,
    cell: (row) => (
      <span class="cut block">
        <Show when={row.user} fallback={<span class="dim">nobody asked</span>}>
          <ActorLink name={row.user} />
        </Show>
      </span>
    ),
  },
  {
    key: "what",
    title: "What",
    width: "24%",
    value: (row) => `${row.operation} ${row.resource} ${place(row)}`,
    cell: (row) => (
      <span class="cut block" title={`${row.resource} ${place(row)}`}>
        <span class="strong">{row.operation.toLowerCase()}</span> {row.resource} <span class="dim">{place(row)}</span>
      </span>
    ),
  },
  {
    key: "why",
    title: "Why",
    from: 2,
    largestFirst: true,
    value: (row) => row.objections.map((one) => `${one.id} ${one.message}`).join("; "),
    cell: (row) => (
      <span class="cut block" title={row.objections.map((one) => `${one.id}: ${one.message}`).join("\n")}>
        <Show when={row.objections[0]} fallback={row.glass ?? "–"}>
          {(first) => (
            <>
              <SeverityMark of={first().severity} bare /> {first().message || first().id}
              <Show when={row.objections.length > 1}>
                <span class="dim"> and {row.objections.length - 1} more</span>
              </Show>
            </>
          )}
        </Show>
      </span>
    ),
  },
];

/** The tab of the events. */
export function AdmissionTab(): JSX.Element {
  const log = usePages<Admissions>(
    () => "/admission",
    () => ({ outcome: param("outcome"), namespace: param("namespace"), text: param("text") }),
    ["world"],
    500,
  );
  const facet = (name: string) => log.data()?.facets[name] ?? [];
  return (
    <Answer of={log}>
      {(data) => (
        <Show
          when={data().judging.available}
          fallback={
            <Empty title="Nothing is judged before it is stored" action={<a class="button" href={href("/coverage")}>See what is covered</a>}>
              {data().judging.reason}
            </Empty>
          }
        >
          <Answered of={data().answered} />
          <Table
            tools={
              <>
                <TextFilter name="text" label="Words of who, what or why" placeholder="Who, what or why" />
                <Chips name="outcome" label="Outcome" values={facet("outcome")} order={OUTCOMES} />
                <Show when={facet("namespace").length > 1 || param("namespace")}>
                  <Choice name="namespace" label="Namespace" all="All namespaces" values={facet("namespace").map((one) => (one.value === "-" ? { ...one, title: "cluster-wide" } : one))} />
                </Show>
              </>
            }
            name="admission"
            caption="Requests that admission objected to, newest first"
            rows={log.items()}
            total={log.total()}
            columns={COLUMNS}
            id={(row) => `${row.time} ${row.request} ${row.resource} ${place(row)}`}
            open={(row) => row.request !== "" && navigate(href(path("events", "admission", row.request)))}
            plain
            fixed
            keyed
            empty={
              <Empty title={param("outcome") || param("namespace") || param("text") ? "Nothing passes these filters" : "Nothing was objected to"}>
                Since the hub started, {plural(data().answered.allowed, "request")} passed without an objection. What was before is in the file of the log.
              </Empty>
            }
          />
        </Show>
      )}
    </Answer>
  );
}

function Answered(props: { of: AdmissionCounts }): JSX.Element {
  const figures = (): [string, number, string][] => [
    ["Refused", props.of.denied, "bad-word"],
    ["Warned", props.of.warned, ""],
    ["Would be refused", props.of.audited, ""],
    ["Nothing against it", props.of.allowed, ""],
    ["Never judged", props.of.exempt, ""],
    ["Glass broken", props.of.glass, "bad-word"],
    ["Stands against the rules", props.of.standing, "bad-word"],
  ];
  return (
    <>
      <dl class="figures compact">
        <For each={figures()}>
          {([title, value, look]) => (
            <div>
              <dt>{title}</dt>
              <dd class={value > 0 ? look : ""}>{count(value)}</dd>
            </div>
          )}
        </For>
      </dl>
      <Show when={props.of.overloaded + props.of.lost > 0}>
        <p class="callout bad">
          {plural(props.of.overloaded, "request")} came when too many were being judged, and {plural(props.of.lost, "entry", "entries")} did not reach the file of the log.
        </p>
      </Show>
    </>
  );
}

/** One request with all that was said against it, and its object. */
export default function AdmissionScreen(props: { id: string }): JSX.Element {
  const one = useTimed<Admission>(() => path("admission", props.id), undefined, []);
  return (
    <Answer of={one}>
      {(data) => (
        <>
          <p class="crumb">
            <a href={href("/events", { tab: "admission" })}>
              <Icon name="back" /> Admission
            </a>
            <span class="dim mono">{data().row.request}</span>
          </p>
          <header class="heading">
            <h1>
              {data().row.operation.toLowerCase()} {data().row.resource} {place(data().row)}
            </h1>
            <p class="says">
              <OutcomeTag of={data().row.outcome} />
            </p>
          </header>
          <div class="columns">
            <div class="lead">
              <ol class="objections">
                <For each={[...data().row.objections].sort((a, b) => rank(b.severity) - rank(a.severity))} fallback={<li class="note">Nothing was said against it.</li>}>
                  {(objection) => <Objection of={objection} />}
                </For>
              </ol>
              <section class="section">
                <h2>The object as it was sent</h2>
                <Show when={data().object} fallback={<p class="note">It is kept for refused requests alone, up to 64 KiB.</p>}>
                  <Code text={JSON.stringify(data().object, null, 2)} label="The object as it was sent" />
                </Show>
              </section>
            </div>
            <aside class="side" aria-label="Facts">
              <dl class="facts">
                <dt>When</dt>
                <dd>
                  <When at={data().row.time} exact />
                </dd>
                <dt>Who</dt>
                <dd>
                  <ActorLink name={data().row.user} />
                </dd>
                <Show when={data().row.glass}>
                  <dt>Glass</dt>
                  <dd>{data().row.glass}</dd>
                </Show>
                <dt>Worst</dt>
                <dd>
                  <Show when={data().row.objections.length > 0} fallback="–">
                    <SeverityMark of={data().row.objections.find((objection) => rank(objection.severity) === worst(data().row))?.severity} />
                  </Show>
                </dd>
              </dl>
            </aside>
          </div>
        </>
      )}
    </Answer>
  );
}

function Objection(props: { of: AdmissionObjection }): JSX.Element {
  return (
    <li>
      <p class="row-of">
        <SeverityMark of={props.of.severity} />
        <Show when={props.of.by === "check"} fallback={<span class="mono">{props.of.id}</span>}>
          <a class="mono" href={href(path("checks", props.of.id))}>
            {props.of.id}
          </a>
        </Show>
        <span class="dim small">{props.of.by}</span>
      </p>
      <p>{props.of.message || "The message is not kept: it may quote a secret."}</p>
      <Show when={props.of.field}>
        <p class="mono dim small">{props.of.field}</p>
      </Show>
      <Show when={props.of.at}>
        <p class="small soft">It makes {props.of.at} worse.</p>
      </Show>
      <Show when={props.of.accepted}>
        <p class="small">
          <span class="tag">accepted</span> {props.of.accepted}
        </p>
      </Show>
    </li>
  );
}
