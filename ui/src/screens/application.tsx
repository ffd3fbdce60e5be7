// One application: what it consists of, how the outside reaches it, as whom it runs, what it depends on.
import type { JSX } from "solid-js";
import { For, Show } from "solid-js";
import type { Application, Exposure, FindingRow, WorkloadRow } from "../api/names";
import { useTimed } from "../api/query";
import { href, navigate, path } from "../lib/router";
import { count, plural } from "../lib/time";
import { Icon } from "../parts/icons";
import { rank, SeverityMark } from "../parts/severity";
import { Answer } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { Counts, objectName, ObjectLink, objectPath, portsText, Score, worstWeight } from "../parts/words";

export const FINDINGS: Column<FindingRow>[] = [
  { key: "severity", title: "Severity", width: "6.9rem", largestFirst: true, value: (row) => rank(row.severity), cell: (row) => <SeverityMark of={row.severity} /> },
  {
    key: "check",
    title: "Check",
    width: "6.6rem",
    from: 2,
    value: (row) => row.check,
    cell: (row) => (
      <a class="mono" href={href(path("checks", row.check))}>
        {row.check}
      </a>
    ),
  },
  {
    key: "message",
    title: "What is wrong",
    value: (row) => row.message,
    cell: (row) => (
      <>
        <div>{row.message}</div>
        <div class="mono dim small">
          {row.container ? `${row.container}: ` : ""}
          {row.path}
        </div>
      </>
    ),
  },
  { key: "object", title: "Object", value: (row) => objectName(row.object), cell: (row) => <ObjectLink of={row.object} query={row.path ? { field: row.path } : undefined} /> },
];

export const EXPOSURES: Column<Exposure>[] = [
  { key: "door", title: "Door", value: (row) => row.door },
  { key: "object", title: "Opened by", value: (row) => objectName(row.object), cell: (row) => <ObjectLink of={row.object} /> },
  { key: "origin", title: "For whom", value: (row) => row.origin, cell: (row) => <span class={`tag ${row.origin === "open" ? "bad" : ""}`}>{row.origin === "open" ? "anyone" : row.origin}</span> },
  { key: "workload", title: "Leads to", value: (row) => objectName(row.workload), cell: (row) => <ObjectLink of={row.workload} /> },
  { key: "ports", title: "Ports", from: 2, value: (row) => portsText(row.ports) },
  { key: "admitted", title: "Admitted by policies", from: 2, value: (row) => portsText(row.admitted) || "none" },
];

const WORKLOADS: Column<WorkloadRow>[] = [
  { key: "name", title: "Workload", value: (row) => objectName(row.object), cell: (row) => <ObjectLink of={row.object} short /> },
  { key: "score", title: "Posture", value: (row) => row.score, cell: (row) => <Score of={row.score} title={row.score_explained} /> },
  { key: "findings", title: "Findings", largestFirst: true, value: (row) => worstWeight(row.findings), cell: (row) => <Counts of={row.findings} /> },
  {
    key: "ready",
    title: "Ready",
    end: true,
    value: (row) => row.ready ?? "",
    cell: (row) =>
      row.desired === undefined || row.desired === null ? <span class="dim">–</span> : <span class={(row.ready ?? 0) < row.desired ? "sev-critical strong" : ""}>{`${row.ready ?? 0} of ${row.desired}`}</span>,
  },
];

export default function ApplicationScreen(props: { id: string }): JSX.Element {
  const application = useTimed<Application>(() => path("applications", props.id), undefined, ["world", "incident"]);
  return (
    <Answer of={application}>
      {(data) => (
        <>
          <p class="crumb">
            <a href={href("/applications")}>
              <Icon name="back" /> Applications
            </a>
          </p>
          <header class="heading">
            <h1>{data().row.name}</h1>
            <p class="says">in {data().row.namespace}</p>
            <div class="acts">
              <a class="button" href={href("/network", { namespace: data().row.namespace, level: "workload" })}>
                Its network
              </a>
              <a class="button" href={href("/posture", { tab: "findings", application: data().row.id })}>
                Its findings
              </a>
            </div>
          </header>
          <dl class="facts top-facts">
            <dt>Named by</dt>
            <dd>
              <Show when={data().row.named_by} fallback="no label: the workload stands for itself. The label app.kubernetes.io/part-of would name it.">
                <code>{data().row.named_by}</code>
              </Show>
            </dd>
            <dt>Owner</dt>
            <dd>{data().row.owner ?? <span class="dim">no label says</span>}</dd>
            <dt>Posture</dt>
            <dd>
              <Score of={data().row.score} />
            </dd>
            <dt>Findings</dt>
            <dd>
              <Counts of={data().row.findings} loose />
            </dd>
            <dt>Incidents</dt>
            <dd>
              <Show when={data().row.incidents > 0} fallback={<span class="dim">none open</span>}>
                <a href={href("/", { text: data().row.name })}>
                  <SeverityMark of={data().row.worst_incident} label={plural(data().row.incidents, "open incident")} />
                </a>
              </Show>
            </dd>
          </dl>
          <section class="section">
            <h2>Workloads</h2>
            <Table name="workloads" scope="w" plain caption="Workloads" rows={data().workloads} columns={WORKLOADS} sort="score" id={(row) => objectName(row.object)} open={(row) => navigate(href(objectPath(row.object)))} keyed />
          </section>
          <Show when={data().exposures.length > 0}>
            <section class="section">
              <h2>Ways in from outside</h2>
              <Table name="exposures" scope="x" plain caption="Ways in from outside" rows={data().exposures} columns={EXPOSURES} id={(row) => objectName(row.object) + objectName(row.workload) + portsText(row.ports)} />
            </section>
          </Show>
          <section class="section">
            <h2>Depends on, and is used by</h2>
            <Show when={data().dependencies.length > 0} fallback={<p class="note">Nothing is known to use it or to be used by it.</p>}>
              <ul class="rows">
                <For each={data().dependencies}>
                  {(one) => {
                    const out = () => one.from === data().row.id;
                    const other = () => (out() ? one.to : one.from);
                    return (
                      <li>
                        <span class="dim lead-word">{out() ? "uses" : "used by"}</span>
                        <a href={href(path("applications", other()))}>{other().replace(":", "/")}</a>
                        <span class={`tag ${one.observed ? "low" : ""}`}>{one.observed ? "observed" : "by configuration"}</span>
                        <Show when={!one.allowed}>
                          <span class="tag bad">no policy admits it</span>
                        </Show>
                        <span class="dim small">{one.because.join("; ")}</span>
                      </li>
                    );
                  }}
                </For>
              </ul>
            </Show>
          </section>
          <section class="section">
            <h2>Runs as</h2>
            <ul class="rows">
              <For each={data().identities} fallback={<li class="note">No service account.</li>}>
                {(one) => (
                  <li>
                    <a href={href(path("identities", one.id))}>{one.name}</a>
                    <span class={`tag ${one.token_mounted ? "warn" : ""}`}>{one.token_mounted ? "token mounted" : "no token in the pod"}</span>
                    <span class="soft">{one.powers.join("; ") || "may do nothing that matters"}</span>
                  </li>
                )}
              </For>
            </ul>
          </section>
          <section class="section">
            <h2>Findings</h2>
            <Table name="findings" scope="f" caption="Findings" rows={data().findings} columns={FINDINGS} id={(row) => row.fingerprint} sort="-severity" />
          </section>
          <section class="section">
            <h2>Other objects: {count(data().objects.length)}</h2>
            <ul class="many">
              <For each={data().objects}>
                {(object) => (
                  <li>
                    <ObjectLink of={object} short />
                  </li>
                )}
              </For>
            </ul>
            <Show when={data().objects.length === 0}>
              <p class="note">Only workloads belong to it.</p>
            </Show>
          </section>
        </>
      )}
    </Answer>
  );
}
