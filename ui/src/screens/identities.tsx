// Who can do what: identities by power, a question of who can, and the trail of role changes.
import type { JSX } from "solid-js";
import { For, Match, Show, Switch } from "solid-js";
import type { Holder, IdentityRow, PageOf, RoleChange, WhoCan } from "../api/names";
import { usePages, useTimed } from "../api/query";
import { href, navigate, param, path, setParams } from "../lib/router";
import { count, plural } from "../lib/time";
import { type AskField, AskForm } from "../parts/ask";
import { Choice, Tabs, TextFilter } from "../parts/filters";
import { SaveButtons } from "../parts/save-buttons";
import { rank, SeverityMark } from "../parts/severity";
import { Answer, Empty } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { ActorLink, Bar, objectName, ObjectLink, personName, When } from "../parts/words";

export default function IdentitiesScreen(): JSX.Element {
  return (
    <>
      <header class="heading">
        <h1>Identities</h1>
        <p class="says">Who can do what, and what of it they use.</p>
      </header>
      <Tabs
        label="Parts of identities"
        tabs={[
          ["", "By power"],
          ["who-can", "Who can…"],
          ["trail", "Changes of roles"],
        ]}
      />
      <Switch>
        <Match when={param("tab") === ""}>
          <ByPower />
        </Match>
        <Match when={param("tab") === "who-can"}>
          <WhoCanTab />
        </Match>
        <Match when={param("tab") === "trail"}>
          <TrailTab />
        </Match>
      </Switch>
    </>
  );
}

const KINDS = [
  { value: "serviceaccount", title: "Service accounts" },
  { value: "user", title: "Users" },
  { value: "group", title: "Groups" },
];

function ByPower(): JSX.Element {
  const identities = usePages<PageOf<IdentityRow>>(
    () => "/identities",
    () => ({ kind: param("kind"), namespace: param("namespace"), text: param("text"), system: param("system") === "1" }),
  );
  const columns: Column<IdentityRow>[] = [
    {
      key: "severity",
      title: "If lost",
      width: "6.9rem",
      largestFirst: true,
      value: (row) => rank(row.severity),
      cell: (row) => <SeverityMark of={row.severity} />,
    },
    {
      key: "name",
      title: "Identity",
      width: "26%",
      value: (row) => row.name,
      cell: (row) => (
        <a class="cut strong block" href={href(path("identities", row.id))} title={row.name}>
          {personName(row.name)}
        </a>
      ),
    },
    { key: "kind", title: "Kind", width: "8.6rem", from: 2, value: (row) => row.kind, cell: (row) => <span class="dim">{row.kind === "serviceaccount" ? "service account" : row.kind}</span> },
    {
      key: "powers",
      title: "May",
      from: 2,
      value: (row) => row.powers.join("; "),
      cell: (row) => (
        <span class="cut block" title={row.powers.join("\n")}>
          {row.powers.length > 0 ? row.powers.join("; ") : <span class="dim">nothing that matters</span>}
        </span>
      ),
    },
    {
      key: "used",
      title: "Granted, used",
      width: "9.4rem",
      from: 3,
      value: (row) => (row.used === undefined || row.used === null ? -1 : row.used / Math.max(1, row.granted)),
      cell: (row) => (
        <Show when={row.used !== undefined && row.used !== null} fallback={<span class="dim num">{plural(row.granted, "rule")}</span>}>
          <span class="usedbar">
            <span class="num small">
              {count(row.used ?? 0)} of {count(row.granted)}
            </span>
            <Bar part={row.used ?? 0} of={row.granted} />
          </span>
        </Show>
      ),
    },
    { key: "calls", title: "Calls", width: "5.4rem", end: true, from: 2, largestFirst: true, value: (row) => row.calls },
    { key: "last", title: "Last seen", width: "8.9rem", from: 3, largestFirst: true, value: (row) => row.last_seen ?? "", cell: (row) => <When at={row.last_seen} /> },
    {
      key: "incidents",
      title: "Incidents",
      width: "6.1rem",
      end: true,
      largestFirst: true,
      value: (row) => row.incidents,
      cell: (row) => (row.incidents > 0 ? <a class="strong" href={href("/", { text: row.name })}>{count(row.incidents)}</a> : <span class="dim">0</span>),
    },
  ];
  return (
    <>
      <Answer of={identities}>
        {() => (
          <Table
 tools={<><TextFilter name="text" label="Filter by name" placeholder="Filter by name" />
        <Choice name="kind" label="Kind" all="Every kind" values={KINDS} />
        <button class="chip" type="button" aria-pressed={param("system") === "1"} onClick={() => setParams({ system: param("system") === "1" ? "" : "1" })}>
          with Kubernetes' own
        </button></>}

            name="identities"
            caption="Identities, most powerful first"
            rows={identities.items()}
            total={identities.total()}
            columns={columns}
            id={(row) => row.id}
            open={(row) => navigate(href(path("identities", row.id)))}
            plain
            fixed
            keyed
            empty={<Empty title="No such identity">Nobody passes these filters.</Empty>}
          />
        )}
      </Answer>
    </>
  );
}

const WHO_CAN: AskField[] = [
  { name: "verb", title: "Who can", example: "get" },
  { name: "resource", title: "Resource, or a path that begins with /", example: "secrets, pods/exec, deployments.apps", wide: true },
  { name: "namespace", title: "Namespace", example: "whole cluster" },
  { name: "name", title: "Name", example: "any" },
];

const QUESTIONS: [string, string, string][] = [
  ["Read secrets", "get", "secrets"],
  ["Open a shell", "create", "pods/exec"],
  ["Create pods", "create", "pods"],
  ["Bind roles", "create", "clusterrolebindings.rbac.authorization.k8s.io"],
  ["Act as others", "impersonate", "users"],
  ["Change webhooks", "patch", "mutatingwebhookconfigurations.admissionregistration.k8s.io"],
];

function WhoCanTab(): JSX.Element {
  const ready = () => param("verb") !== "" && param("resource") !== "";
  const answer = useTimed<WhoCan>(
    () => (ready() ? "/access/who-can" : undefined),
    () => ({ verb: param("verb"), resource: param("resource"), namespace: param("namespace"), name: param("name") }),
  );
  const columns: Column<Holder>[] = [
    { key: "name", title: "Who", value: (row) => row.name, cell: (row) => <a class="strong" href={href(path("identities", row.id))}>{personName(row.name)}</a> },
    { key: "kind", title: "Kind", from: 2, value: (row) => row.kind },
    { key: "because", title: "Because", value: (row) => row.because.join("; ") },
  ];
  return (
    <div class="stack">
      <AskForm fields={WHO_CAN} verb="Ask" />
      <div class="chips">
        <For each={QUESTIONS}>
          {([title, verb, resource]) => (
            <button class="chip" type="button" aria-pressed={param("verb") === verb && param("resource") === resource} onClick={() => setParams({ verb, resource, name: "" }, true)}>
              {title}
            </button>
          )}
        </For>
      </div>
      <Show when={ready()}>
        <Answer of={answer}>
          {(data) => (
            <>
              <p>
                <span class="strong">{plural(data().holders.length, "identity", "identities")}</span> can {data().question.replace(/^who can /i, "")}
              </p>
              <Table name="who-can" caption={data().question} rows={data().holders} columns={columns} id={(row) => row.id} keyed open={(row) => navigate(href(path("identities", row.id)))} />
            </>
          )}
        </Answer>
      </Show>
    </div>
  );
}

export function TrailList(props: { changes: RoleChange[] }): JSX.Element {
  const before = (change: RoleChange) => (change.before ?? []).filter((line) => !(change.after ?? []).includes(line));
  const after = (change: RoleChange) => (change.after ?? []).filter((line) => !(change.before ?? []).includes(line));
  return (
    <ol class="timeline trail">
      <For each={props.changes}>
        {(change) => (
          <li>
            <span class="at">
              <When at={change.time} />
            </span>
            <div>
              <p>
                <ActorLink name={change.actor} /> {change.text}
              </p>
              <Show when={change.refused}>
                <p>
                  <span class="tag warn">refused</span> {change.refused}
                </p>
              </Show>
              <Show when={before(change).length + after(change).length > 0}>
                <ul class="lines mono">
                  <For each={before(change)}>{(line) => <li class="cutaway">− {line}</li>}</For>
                  <For each={after(change)}>{(line) => <li class="add">+ {line}</li>}</For>
                </ul>
              </Show>
              <p class="small row-of">
                <ObjectLink of={change.object} />
                <a class="dim" href={href(path("events", change.event))}>
                  the call
                </a>
              </p>
            </div>
          </li>
        )}
      </For>
    </ol>
  );
}

function TrailTab(): JSX.Element {
  const trail = usePages<PageOf<RoleChange>>(
    () => "/access/trail",
    () => ({ text: param("text"), namespace: param("namespace") }),
    ["world", "change"],
    300,
  );
  return (
    <>
      <div class="tools filters">
        <TextFilter name="text" label="Filter by who" placeholder="Filter by who" />
        <span class="space" />
        <SaveButtons
          name="role-changes"
          header={["Time", "Who", "What", "Object", "Before", "After", "Refused", "Event"]}
          rows={() => trail.items().map((one) => [one.time, one.actor, one.text, objectName(one.object), (one.before ?? []).join("; "), (one.after ?? []).join("; "), one.refused, one.event])}
          json={() => trail.items()}
        />
      </div>
      <Answer of={trail}>
        {() => (
          <Show when={trail.items().length > 0} fallback={<Empty title="No role was changed">In the time that is kept, as far as the audit log tells.</Empty>}>
            <TrailList changes={trail.items()} />
            <Show when={trail.hasMore()}>
              <button class="button" type="button" onClick={trail.more}>
                Load more of {count(trail.total())}
              </button>
            </Show>
          </Show>
        )}
      </Answer>
    </>
  );
}
