// The search in what happened, and what admission objected to.
import type { JSX } from "solid-js";
import { createSignal, For, Match, Show, Switch } from "solid-js";
import type { EventRow, Events } from "../api/names";
import { usePages } from "../api/query";
import { href, navigate, param, path, setParams } from "../lib/router";
import { count, toLocalInput, toUrl } from "../lib/time";
import { Chips, Tabs, TextFilter } from "../parts/filters";
import { now } from "../parts/now";
import { Answer, Empty } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { ActorLink, personName, When } from "../parts/words";
import { AdmissionTab } from "./admission";

const FIELDS: [string, string, string][] = [
  ["actor", "Who", "user name"],
  ["verb", "Verb", "create, delete"],
  ["resource", "Resource", "secrets, pods/exec"],
  ["namespace", "Namespace", "shop"],
  ["name", "Name", "cart"],
  ["code", "Code", "403, 4xx"],
  ["address", "Address", "10.0.0.7"],
];
const SPANS: [string, number][] = [
  ["1 h", 1],
  ["6 h", 6],
  ["1 d", 24],
  ["7 d", 168],
];
const HOUR = 3_600_000;

export default function EventsScreen(): JSX.Element {
  return (
    <>
      <header class="heading">
        <h1>Events</h1>
        <p class="says">What was called, what ran on the nodes, and what was refused.</p>
      </header>
      <Tabs
        label="Parts of the events"
        tabs={[
          ["", "Calls and processes"],
          ["admission", "Admission"],
        ]}
      />
      <Switch>
        <Match when={param("tab") === ""}>
          <SearchTab />
        </Match>
        <Match when={param("tab") === "admission"}>
          <AdmissionTab />
        </Match>
      </Switch>
    </>
  );
}

function SearchTab(): JSX.Element {
  const events = usePages<Events>(
    () => "/events",
    () => ({
      from: param("from"),
      to: param("to"),
      source: param("source"),
      ...Object.fromEntries(FIELDS.map(([name]) => [name, param(name)])),
      text: param("text"),
    }),
    [],
    300,
  );
  const [fields, setFields] = createSignal(["from", "to", ...FIELDS.map(([name]) => name)].some((name) => param(name) !== ""));
  const columns: Column<EventRow>[] = [
    { key: "time", title: "Time", width: "11.8rem", from: 2, value: (row) => row.time, cell: (row) => <a class="plainlink" href={href(path("events", row.id))}><When at={row.time} exact /></a> },
    {
      key: "actor",
      title: "Who",
      width: "22%",
      from: 2,
      value: (row) => row.actor,
      cell: (row) => (
        <span class="cut block">
          <ActorLink name={row.actor} />
          <Show when={row.impersonator}>{(name) => <span class="dim"> by {personName(name())}</span>}</Show>
        </span>
      ),
    },
    { key: "verb", title: "Did", width: "6rem", value: (row) => row.verb, cell: (row) => <span class="strong">{row.verb}</span> },
    {
      key: "what",
      title: "What",
      value: (row) => `${row.resource} ${row.namespace}/${row.name}`,
      cell: (row) => (
        <>
          <span class="cut block" title={`${row.resource} ${row.namespace}/${row.name}`}>
            {row.resource} <span class="dim">{[row.namespace, row.name].filter((part) => part !== "").join("/")}</span>
          </span>
          <span class="only-narrow cut block small">
            <a class="dim" href={href(path("events", row.id))}>
              <When at={row.time} exact />
            </a>{" "}
            {personName(row.actor)}
          </span>
        </>
      ),
    },
    {
      key: "code",
      title: "Code",
      width: "4.6rem",
      from: 2,
      value: (row) => row.code,
      cell: (row) => (row.code === 0 ? <span class="dim">–</span> : <span class={`num ${row.code >= 400 ? "sev-high strong" : "dim"}`}>{row.code}</span>),
    },
    { key: "address", title: "From", width: "9.6rem", from: 3, value: (row) => row.address, cell: (row) => <span class="mono cut block">{row.address || "–"}</span> },
    { key: "agent", title: "With", width: "18%", from: 3, value: (row) => row.agent, cell: (row) => <span class="dim cut block" title={row.agent}>{row.agent || "–"}</span> },
  ];
  const inputValue = (name: string) => (param(name) === "" ? "" : toLocalInput(new Date(param(name))));
  const setTime = (name: string) => (event: Event & { currentTarget: HTMLInputElement }) => {
    const value = event.currentTarget.value;
    setParams({ [name]: value === "" ? "" : toUrl(new Date(value)) });
  };
  const end = () => (param("at") === "" ? now() : new Date(param("at")));
  return (
    <>
      <Show when={fields()}>
        <div class="fieldgrid">
          <label class="field">
            <span>From</span>
            <input type="datetime-local" value={inputValue("from")} onChange={setTime("from")} />
          </label>
          <label class="field">
            <span>To</span>
            <input type="datetime-local" value={inputValue("to")} onChange={setTime("to")} />
          </label>
          <For each={FIELDS}>
            {([name, title, example]) => (
              <label class="field">
                <span>{title}</span>
                <input type="text" spellcheck={false} placeholder={example} value={param(name)} onChange={(event) => setParams({ [name]: event.currentTarget.value.trim() })} />
              </label>
            )}
          </For>
        </div>
      </Show>
      <Answer of={events}>
        {(data) => (
          <>
            <Table
 tools={<><TextFilter name="text" label="Words in any field" placeholder="Words in any field" />
        <Chips name="source" label="Source" values={["audit", "runtime"].map((value) => ({ value, count: 0 }))} plain />
        <span class="divide" />
        <div class="chips" role="group" aria-label="How far back">
          <For each={SPANS}>
            {([title, hours]) => (
              <button
                class="chip"
                type="button"
                onClick={() => setParams({ from: toUrl(new Date(end().getTime() - hours * HOUR)), to: "" })}
              >
                {title}
              </button>
            )}
          </For>
        </div>
        <button class="button tiny" type="button" aria-expanded={fields()} onClick={() => setFields(!fields())}>
          Time and fields
        </button></>}

              name="events"
              caption="Events, newest first"
              rows={events.items()}
              columns={columns}
              id={(row) => row.id}
              open={(row) => navigate(href(path("events", row.id)))}
              plain
              fixed
              keyed
              empty={
                <Empty title="No event passes these filters">
                  Without a time, the last hour is searched; {count(data().scanned)} events were looked at.
                  <Show when={data().kept_since}>
                    {" "}
                    Events are kept since <When at={data().kept_since} />.
                  </Show>
                </Empty>
              }
            />
            <p class="small dim">
              {count(data().scanned)} looked at
              <Show when={data().kept_since}>
                , kept since <When at={data().kept_since} />
              </Show>
              .{" "}
              <Show when={events.hasMore()}>
                <button class="button tiny" type="button" onClick={events.more}>
                  Search on
                </button>
              </Show>
            </p>
          </>
        )}
      </Answer>
    </>
  );
}
