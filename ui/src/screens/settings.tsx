// How the hub is set up: exceptions and what they hide, where alerts go, what is learned, the file in effect.
import type { JSX } from "solid-js";
import { Match, Show, Switch } from "solid-js";
import { url } from "../api/client";
import type { AlertSink, BaselineRow, ExceptionRow, Settings, WhoAsks } from "../api/names";
import { useQuery } from "../api/query";
import { param } from "../lib/router";
import { count } from "../lib/time";
import { Tabs } from "../parts/filters";
import { now } from "../parts/now";
import { SeverityMark } from "../parts/severity";
import { Answer, Empty } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { Code, When } from "../parts/words";

const WEEK = 7 * 86_400_000;

function expiryTag(expires: string | undefined | null): JSX.Element {
  if (!expires) return <span class="tag bad">never</span>;
  const left = Date.parse(expires) - now().getTime();
  if (Number.isNaN(left)) return <>{expires}</>;
  if (left < 0) return <span class="tag bad">expired {expires.slice(0, 10)}</span>;
  return <span class={left < WEEK ? "tag warn" : "num"}>{expires.slice(0, 10)}</span>;
}

const EXCEPTIONS: Column<ExceptionRow>[] = [
  { key: "hides", title: "Hides", value: (row) => row.hides },
  { key: "reason", title: "Why", from: 2, value: (row) => row.reason },
  { key: "author", title: "By", from: 2, value: (row) => row.author ?? "" },
  { key: "expires", title: "Until", value: (row) => row.expires ?? "", cell: (row) => expiryTag(row.expires) },
  {
    key: "matches",
    title: "Hides now",
    end: true,
    largestFirst: true,
    value: (row) => row.matches,
    cell: (row) => (row.matches === 0 ? <span class="tag warn">nothing</span> : count(row.matches)),
  },
  { key: "last", title: "Last hid", from: 3, largestFirst: true, value: (row) => row.last_matched ?? "", cell: (row) => <When at={row.last_matched} /> },
  { key: "origin", title: "Written in", from: 3, value: (row) => row.origin, cell: (row) => <span class="mono">{row.origin}</span> },
];

const SINKS: Column<AlertSink>[] = [
  { key: "name", title: "Name", value: (row) => row.name, cell: (row) => <span class="strong">{row.name}</span> },
  { key: "kind", title: "Kind", value: (row) => row.kind },
  { key: "target", title: "To", from: 2, value: (row) => row.target, cell: (row) => <span class="mono">{row.target}</span> },
  { key: "minimum", title: "From", value: (row) => row.minimum, cell: (row) => <SeverityMark of={row.minimum} /> },
  { key: "sent", title: "Sent", end: true, largestFirst: true, value: (row) => row.sent },
  { key: "dead", title: "Given up", end: true, largestFirst: true, value: (row) => row.dead, cell: (row) => (row.dead > 0 ? <span class="sev-critical strong">{count(row.dead)}</span> : "0") },
  { key: "error", title: "Last failure", from: 3, value: (row) => row.last_error ?? "" },
];

const BASELINES: Column<BaselineRow>[] = [
  { key: "name", title: "What is learned", value: (row) => row.name },
  { key: "since", title: "Since", value: (row) => row.since ?? "", cell: (row) => <When at={row.since} exact /> },
  { key: "actors", title: "Actors", end: true, largestFirst: true, value: (row) => row.actors },
  { key: "samples", title: "Calls", end: true, largestFirst: true, value: (row) => row.samples },
];

/** The permissions of the API, as people say them. */
const MAY: Record<string, string> = { get: "look", act: "act on incidents", events: "read events", settings: "read the settings" };

function inWords(may: string[]): string {
  const words = may.map((one) => MAY[one] ?? one);
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : (words[0] ?? "sign in and no more");
}

export default function SettingsScreen(): JSX.Element {
  const settings = useQuery<Settings>(() => url("/settings"), ["incident", "health"]);
  const session = useQuery<WhoAsks>(() => url("/session"));
  return (
    <>
      <header class="heading">
        <h1>Settings</h1>
        <p class="says">
          <Show when={session.data()}>
            {(who) => (
              <>
                You are {who().user}, known by {who().known_by}. You may {inWords(who().may)}.
              </>
            )}
          </Show>
        </p>
      </header>
      <Tabs
        label="Parts of the settings"
        tabs={[
          ["", "Exceptions"],
          ["alerts", "Alert sinks"],
          ["baselines", "Baselines"],
          ["file", "File in effect"],
        ]}
      />
      <Answer of={settings}>
        {(data) => (
          <Switch>
            <Match when={param("tab") === ""}>
              <Table
                name="exceptions"
                caption="Exceptions, those about to expire first"
                rows={data().exceptions}
                columns={EXCEPTIONS}
                id={(row) => row.origin + row.hides}
                keyed
                empty={<Empty title="Nothing is hidden">An incident can be accepted until a day with the key a. Findings are excepted in the configuration file or by an annotation; both have an author, a reason and an end.</Empty>}
              />
            </Match>
            <Match when={param("tab") === "alerts"}>
              <Table
                name="alert-sinks"
                caption="Alert sinks"
                rows={data().alerts}
                columns={SINKS}
                id={(row) => row.name}
                keyed
                empty={<Empty title="Alerts go nowhere">Name a webhook, Slack, Alertmanager or syslog under [[alerts]] in the configuration file, and start the hub again.</Empty>}
              />
            </Match>
            <Match when={param("tab") === "baselines"}>
              <Table name="baselines" caption="Baselines" rows={data().baselines} columns={BASELINES} id={(row) => row.name} keyed empty={<Empty title="Nothing is learned yet">Baselines are learned from the audit log, as soon as one comes.</Empty>} />
            </Match>
            <Match when={param("tab") === "file"}>
              <p class="says">
                <Show when={data().file} fallback="There is no file: these are the values that hold without one.">
                  {(file) => (
                    <>
                      From <code>{file()}</code>, secrets left out. To change it, change the file and start the hub again.
                    </>
                  )}
                </Show>
              </p>
              <Code text={data().config} label="The configuration in effect" />
            </Match>
          </Switch>
        )}
      </Answer>
    </>
  );
}
