// Who talks to whom and who may: by namespace first, opened on demand; and what policies would change.
import type { JSX } from "solid-js";
import { createMemo, createSignal, For, Match, Show, Switch } from "solid-js";
import { Failure, post, url } from "../api/client";
import type { ConnectionChange, Explanation, Flow, Network, NetworkEdge, NetworkNode, SimulationResult } from "../api/names";
import { useTimed } from "../api/query";
import { escapeItem, list, param, setParams } from "../lib/router";
import { count, plural } from "../lib/time";
import { type AskField, AskForm } from "../parts/ask";
import { Chips, Choice, Tabs, TextFilter } from "../parts/filters";
import { Map as Picture, type MapEdge, type MapNode } from "../parts/map";
import { Answer, Empty } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { ObjectLink, portsText, When } from "../parts/words";

const SHOWS: [string, string][] = [
  ["observed", "observed"],
  ["allowed", "allowed"],
  ["denied", "denied"],
  ["failing", "failing"],
  ["unused", "allowed, never used"],
];

export default function NetworkScreen(): JSX.Element {
  return (
    <>
      <header class="heading">
        <h1>Network</h1>
        <p class="says">Who talks to whom, and who may.</p>
      </header>
      <Tabs
        label="Parts of the network"
        tabs={[
          ["", "Map"],
          ["simulate", "Try a policy"],
          ["explain", "Why or why not"],
        ]}
      />
      <Switch>
        <Match when={param("tab") === ""}>
          <MapTab />
        </Match>
        <Match when={param("tab") === "simulate"}>
          <SimulateTab />
        </Match>
        <Match when={param("tab") === "explain"}>
          <ExplainTab />
        </Match>
      </Switch>
    </>
  );
}

const total = (flows: Flow[], of: "connections" | "denied" | "failed") => flows.reduce((sum, flow) => sum + flow[of], 0);

function styleOf(edge: NetworkEdge): MapEdge["style"] {
  if (total(edge.observed, "denied") + total(edge.observed, "failed") > 0) return "wrong";
  return edge.observed.length > 0 ? "seen" : "allowed";
}

/** `system:x` nodes and addresses stand apart from what runs in the cluster. */
function colourOf(node: NetworkNode): string {
  if (node.kind === "external") return "--low";
  if (node.kind === "host") return "--info";
  if (node.unprotected_ingress > 0) return "--medium";
  return "--good";
}

function MapTab(): JSX.Element {
  const network = useTimed<Network>(
    () => "/network",
    () => ({
      level: param("level"),
      namespace: param("namespace"),
      expand: param("expand"),
      show: param("show"),
      text: param("text"),
    }),
  );
  const nodes = createMemo<MapNode[]>(() =>
    (network.data()?.nodes ?? []).map((node) => ({
      id: node.id,
      label: node.kind === "external" ? (node.names[0] ?? node.name) : node.name,
      x: node.x,
      y: node.y,
      weight: node.kind === "external" ? 4 : node.pods,
      shape: node.kind === "namespace" ? "square" : node.kind === "external" || node.kind === "host" ? "diamond" : "round",
      colour: colourOf(node),
      group: node.kind === "namespace" ? undefined : node.namespace || undefined,
    })),
  );
  const edges = createMemo<MapEdge[]>(() =>
    (network.data()?.edges ?? []).map((edge) => ({
      id: `${edge.from} ${edge.to}`,
      from: edge.from,
      to: edge.to,
      style: styleOf(edge),
      weight: total(edge.observed, "connections"),
    })),
  );
  const byId = createMemo(() => new Map((network.data()?.nodes ?? []).map((node) => [node.id, node])));
  const chosen = createMemo(() => byId().get(param("node")));
  const toggle = (id: string) => {
    const now = list("expand");
    const next = now.includes(id) ? now.filter((one) => one !== id) : [...now, id];
    setParams({ expand: next.map(escapeItem).join(","), node: "" }, true);
  };
  const name = (id: string) => {
    const node = byId().get(id);
    if (!node) return id;
    return node.kind === "namespace" || node.namespace === "" ? node.name : `${node.namespace}/${node.name}`;
  };
  const rows = createMemo(() => {
    const id = chosen()?.id ?? "";
    const all = network.data()?.edges ?? [];
    return id === "" ? all : all.filter((edge) => edge.from === id || edge.to === id);
  });
  const columns: Column<NetworkEdge>[] = [
    { key: "from", title: "From", value: (edge) => name(edge.from), cell: (edge) => <NodeButton id={edge.from} name={name(edge.from)} /> },
    { key: "to", title: "To", value: (edge) => name(edge.to), cell: (edge) => <NodeButton id={edge.to} name={name(edge.to)} /> },
    {
      key: "allowed",
      title: "Allowed",
      value: (edge) => portsText(edge.allowed),
      cell: (edge) => (
        <Show when={edge.allowed.length > 0} fallback={<span class="tag bad">no policy admits it</span>}>
          <span class="num">{portsText(edge.allowed)}</span>
          <Show when={!edge.uniform}>
            <span class="dim small"> some pods</span>
          </Show>
        </Show>
      ),
    },
    {
      key: "seen",
      title: "Connections",
      end: true,
      largestFirst: true,
      value: (edge) => total(edge.observed, "connections"),
      cell: (edge) => <Show when={edge.observed.length > 0} fallback={<span class="dim">{edge.unused ? "never" : "–"}</span>}>{count(total(edge.observed, "connections"))}</Show>,
    },
    {
      key: "ports",
      title: "On ports",
      from: 3,
      value: (edge) => edge.observed.map((flow) => flow.port).join(" "),
      cell: (edge) => <span class="num">{edge.observed.slice(0, 6).map((flow) => (flow.protocol === "TCP" ? flow.port : `${flow.port}/${flow.protocol}`)).join(", ") || "–"}</span>,
    },
    { key: "denied", title: "Denied", end: true, from: 2, largestFirst: true, value: (edge) => total(edge.observed, "denied"), cell: (edge) => bad(total(edge.observed, "denied")) },
    { key: "failed", title: "Failed", end: true, from: 2, largestFirst: true, value: (edge) => total(edge.observed, "failed"), cell: (edge) => bad(total(edge.observed, "failed")) },
    {
      key: "last",
      title: "Last",
      from: 3,
      value: (edge) => edge.observed.map((flow) => flow.last).sort().at(-1) ?? "",
      cell: (edge) => <When at={edge.observed.map((flow) => flow.last).sort().at(-1)} />,
    },
  ];
  return (
    <>
      <div class="tools filters">
        <TextFilter name="text" label="Filter by name" placeholder="Filter by name" />
        <Choice
          name="level"
          label="How coarse"
          all="By namespace"
          values={[
            { value: "application", title: "By application" },
            { value: "workload", title: "By workload" },
          ]}
        />
        <Chips name="show" label="Connections" values={SHOWS.map(([value]) => ({ value, count: 0 }))} order={SHOWS.map(([value]) => value)} plain />
        <Show when={list("expand").length > 0 || param("namespace") !== ""}>
          <button class="button tiny" type="button" onClick={() => setParams({ expand: "", node: "", namespace: "" }, true)}>
            Close all
          </button>
        </Show>
      </div>
      <Answer of={network}>
        {(data) => (
          <>
            <Show when={!data().observed.available}>
              <p class="callout info">
                Only what is allowed is shown: {data().observed.reason.replace(/: what is shown is what policies allow$/, "")}.
              </p>
            </Show>
            <Show when={data().nodes.length > 0} fallback={<Empty title="Nothing to draw">No node passes these filters.</Empty>}>
              <div class="mapwrap">
                <Picture
                  name="network"
                  label={`Network of ${plural(data().nodes.length, "node")} and ${plural(data().edges.length, "connection")}`}
                  nodes={nodes()}
                  edges={edges()}
                  chosen={param("node") || undefined}
                  choose={(id) => setParams({ node: id })}
                  open={(id) => byId().get(id)?.expandable && toggle(id)}
                />
                <Show when={chosen()}>{(node) => <NodeFacts node={node()} open={list("expand").includes(node().id)} toggle={() => toggle(node().id)} />}</Show>
              </div>
              <Legend left={data().left_out} />
            </Show>
            <Show when={data().unread.length > 0}>
              <p class="callout">
                {plural(data().unread.length, "policy", "policies")} could not be read: {data().unread.slice(0, 3).join("; ")}
              </p>
            </Show>
            <section class="section">
              <h2>
                {chosen() ? `Connections of ${chosen()?.name}` : "Connections"}
              </h2>
              <Table name="connections" caption="Connections" rows={rows()} columns={columns} id={(edge) => `${edge.from} ${edge.to}`} sort="-seen" keyed />
            </section>
          </>
        )}
      </Answer>
    </>
  );
}

function bad(value: number): JSX.Element {
  return value > 0 ? <span class="sev-critical strong">{count(value)}</span> : <span class="dim">0</span>;
}

function NodeButton(props: { id: string; name: string }): JSX.Element {
  return (
    <button class="linklike" type="button" onClick={() => setParams({ node: param("node") === props.id ? "" : props.id })}>
      {props.name}
    </button>
  );
}

function Legend(props: { left: number }): JSX.Element {
  return (
    <p class="legend small dim">
      <span>
        <i class="dot good" /> every pod has an ingress policy
      </span>
      <span>
        <i class="dot medium" /> some pods have none
      </span>
      <span>
        <i class="dot low" /> outside (with a diamond)
      </span>
      <span>
        <i class="ln seen" /> observed
      </span>
      <span>
        <i class="ln allowed" /> allowed only
      </span>
      <span>
        <i class="ln wrong" /> denied or failing
      </span>
      <Show when={props.left > 0}>
        <span>{count(props.left)} more nodes are left out; filter to see them.</span>
      </Show>
      <span>Click the map, then the wheel enlarges it; double click opens a node.</span>
    </p>
  );
}

function NodeFacts(props: { node: NetworkNode; open: boolean; toggle: () => void }): JSX.Element {
  return (
    <aside class="nodefacts" aria-label="The chosen node">
      <p class="row-of">
        <span class="strong">{props.node.name}</span>
        <button class="button plain icon-only tiny" type="button" aria-label="Let go" onClick={() => setParams({ node: "" })}>
          ×
        </button>
      </p>
      <dl class="facts small">
        <dt>Kind</dt>
        <dd>{props.node.kind}</dd>
        <Show when={props.node.object}>
          {(object) => (
            <>
              <dt>Object</dt>
              <dd>
                <ObjectLink of={object()} />
              </dd>
            </>
          )}
        </Show>
        <Show when={props.node.pods > 0}>
          <dt>Pods</dt>
          <dd class="num">{count(props.node.pods)}</dd>
          <dt>No ingress policy</dt>
          <dd class="num">{count(props.node.unprotected_ingress)}</dd>
          <dt>No egress policy</dt>
          <dd class="num">{count(props.node.unprotected_egress)}</dd>
        </Show>
        <Show when={props.node.names.length > 0}>
          <dt>Names</dt>
          <dd>{props.node.names.slice(0, 8).join(", ")}</dd>
        </Show>
      </dl>
      <Show when={props.node.expandable}>
        <button class="button tiny" type="button" onClick={() => props.toggle()}>
          {props.open ? "Close it" : "Open it"}
        </button>
      </Show>
    </aside>
  );
}

const EXAMPLE = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
  namespace: shop
spec:
  podSelector: {}
  policyTypes: [Ingress]
`;

function SimulateTab(): JSX.Element {
  // A draft is work: it stays for the session, but is no part of what a link shows.
  const [policies, setPolicies] = createSignal(sessionStorage.getItem("catseye.policy") ?? EXAMPLE);
  const [remove, setRemove] = createSignal("");
  const [result, setResult] = createSignal<SimulationResult>();
  const [wrong, setWrong] = createSignal<Failure>();
  const [busy, setBusy] = createSignal(false);
  const run = async () => {
    setBusy(true);
    setWrong(undefined);
    sessionStorage.setItem("catseye.policy", policies());
    try {
      const away = remove().split(/[\s,]+/).filter((one) => one !== "");
      setResult(await post<SimulationResult>(url("/network/simulate"), { policies: policies(), remove: away }));
    } catch (error) {
      setResult(undefined);
      setWrong(error instanceof Failure ? error : new Failure("server", "The simulation failed", String(error)));
    }
    setBusy(false);
  };
  return (
    <div class="columns even">
      <form
        class="lead stack"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <label class="field">
          <span>Policies to add or replace, as YAML. Nothing is applied.</span>
          <textarea
            class="code tall"
            spellcheck={false}
            value={policies()}
            onInput={(event) => setPolicies(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void run();
            }}
          />
        </label>
        <label class="field">
          <span>Policies to take away</span>
          <input
            type="text"
            spellcheck={false}
            placeholder="NetworkPolicy.networking.k8s.io/shop/allow-all"
            value={remove()}
            onInput={(event) => setRemove(event.currentTarget.value)}
          />
        </label>
        <div class="row-of">
          <button class="button main" type="submit" disabled={busy()}>
            {busy() ? "Working it out…" : "Simulate"}
          </button>
          <label class="button">
            Open a file
            <input
              class="hidden-but-read"
              type="file"
              accept=".yaml,.yml,.json"
              onChange={(event) => void event.currentTarget.files?.[0]?.text().then(setPolicies)}
            />
          </label>
        </div>
      </form>
      <div class="side wide" aria-live="polite">
        <Show when={wrong()}>
          {(failure) => (
            <p class="callout bad" role="alert">
              {failure().title}. {failure().detail} {failure().remedy}
            </p>
          )}
        </Show>
        <Show when={result()} fallback={<p class="note">The answer names every connection that would open or close, and how many of those that were observed would break.</p>}>
          {(told) => <Simulated of={told()} />}
        </Show>
      </div>
    </div>
  );
}

function Simulated(props: { of: SimulationResult }): JSX.Element {
  const columns: Column<ConnectionChange>[] = [
    { key: "from", title: "From", value: (row) => row.from },
    { key: "to", title: "To", value: (row) => row.to },
    { key: "ports", title: "Ports", value: (row) => portsText(row.ports) },
    {
      key: "observed",
      title: "Seen",
      value: (row) => (row.observed ? "yes" : row.observed === false ? "no" : ""),
      cell: (row) => (row.observed ? <span class="tag bad">in use</span> : <span class="dim">{row.observed === false ? "never" : "–"}</span>),
    },
  ];
  return (
    <div data-simulated>
      <p class={`callout ${props.of.breaks > 0 ? "bad" : "good"}`}>
        <Show when={props.of.observed.available} fallback={<>Whether anything in use would break is not known: {props.of.observed.reason}</>}>
          <strong>{props.of.breaks === 0 ? "Nothing that was observed would break." : `${plural(props.of.breaks, "observed connection")} would break.`}</strong>
        </Show>
      </p>
      <For each={props.of.notices}>{(notice) => <p class="callout">{notice}</p>}</For>
      <section class="section">
        <h2>Would close: {count(props.of.closes.length)}</h2>
        <Table name="closes" scope="closes" caption="Connections that would close" rows={props.of.closes} columns={columns} id={(row) => `${row.from} ${row.to} ${portsText(row.ports)}`} />
      </section>
      <section class="section">
        <h2>Would open: {count(props.of.opens.length)}</h2>
        <Table name="opens" scope="opens" caption="Connections that would open" rows={props.of.opens} columns={columns} id={(row) => `${row.from} ${row.to} ${portsText(row.ports)}`} />
      </section>
      <Show when={props.of.more > 0}>
        <p class="note">and {count(props.of.more)} more changes</p>
      </Show>
    </div>
  );
}

const CONNECTION: AskField[] = [
  { name: "from", title: "From a workload or an address", example: "Deployment.apps/shop/frontend", wide: true },
  { name: "to", title: "To", example: "Deployment.apps/shop/cart", wide: true },
  { name: "port", title: "Port", example: "every", numeric: true },
];

function ExplainTab(): JSX.Element {
  const ready = () => param("from") !== "" && param("to") !== "";
  const answer = useTimed<Explanation>(
    () => (ready() ? "/network/explain" : undefined),
    () => ({ from: param("from"), to: param("to"), port: param("port"), protocol: param("protocol") }),
  );
  return (
    <div class="stack">
      <AskForm fields={CONNECTION} verb="Explain" />
      <Show when={ready()}>
        <Answer of={answer}>
          {(data) => (
            <div class="tablewrap">
            <table class="table">
              <caption class="hidden-but-read">
                From {data().from} to {data().to}
              </caption>
              <thead>
                <tr>
                  <th scope="col">Ports</th>
                  <th scope="col">Passes</th>
                  <th scope="col">What the source's policies say</th>
                  <th scope="col">What the destination's policies say</th>
                </tr>
              </thead>
              <tbody>
                <For each={data().verdicts}>
                  {(verdict) => (
                    <tr>
                      <td class="num">{portsText(verdict.ports)}</td>
                      <td>
                        <span class={`tag ${verdict.allowed ? "good" : "bad"}`}>{verdict.allowed ? "passes" : "is refused"}</span>
                      </td>
                      <td>{verdict.egress}</td>
                      <td>{verdict.ingress}</td>
                    </tr>
                  )}
                </For>
              </tbody>
            </table>
            </div>
          )}
        </Answer>
      </Show>
    </div>
  );
}
