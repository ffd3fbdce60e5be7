// Applications and what they depend on, as a map and as a table.
import type { JSX } from "solid-js";
import { createMemo, Show } from "solid-js";
import type { ApplicationMap, ApplicationRow } from "../api/names";
import { useTimed } from "../api/query";
import { href, navigate, param, path, setParams } from "../lib/router";
import { count, plural } from "../lib/time";
import { Choice, TextFilter } from "../parts/filters";
import { Map as Picture, type MapEdge, type MapNode } from "../parts/map";
import { rank, SeverityMark } from "../parts/severity";
import { Answer, Empty } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { Counts, Score, worstWeight } from "../parts/words";

function colourOf(row: ApplicationRow): string {
  if (row.worst_incident) return `--${row.worst_incident}`;
  if (row.score < 50) return "--medium";
  return "--good";
}

export default function ApplicationsScreen(): JSX.Element {
  const map = useTimed<ApplicationMap>(
    () => "/applications",
    () => ({ namespace: param("namespace"), text: param("text") }),
    ["world", "incident"],
  );
  const nodes = createMemo<MapNode[]>(() =>
    (map.data()?.applications ?? []).map((row) => ({
      id: row.id,
      label: row.name,
      x: row.x,
      y: row.y,
      weight: row.pods,
      shape: row.exposed ? "diamond" : "round",
      colour: colourOf(row),
      group: row.namespace,
    })),
  );
  const edges = createMemo<MapEdge[]>(() =>
    (map.data()?.dependencies ?? []).map((one) => ({
      id: `${one.from} ${one.to}`,
      from: one.from,
      to: one.to,
      style: one.observed ? (one.allowed ? "seen" : "wrong") : "allowed",
      weight: 1,
    })),
  );
  const namespaces = createMemo(() => [...new Set((map.data()?.applications ?? []).map((row) => row.namespace))].sort());
  const open = (row: ApplicationRow) => navigate(href(path("applications", row.id)));
  const columns: Column<ApplicationRow>[] = [
    {
      key: "name",
      title: "Application",
      value: (row) => row.name,
      cell: (row) => (
        <a class="strong" href={href(path("applications", row.id))}>
          {row.name}
        </a>
      ),
    },
    { key: "namespace", title: "Namespace", from: 2, value: (row) => row.namespace },
    {
      key: "named",
      title: "Named by",
      from: 3,
      value: (row) => row.named_by ?? "",
      cell: (row) => <span class="dim small">{row.named_by ?? "the workload itself"}</span>,
    },
    { key: "owner", title: "Owner", from: 3, value: (row) => row.owner ?? "" },
    { key: "score", title: "Posture", value: (row) => row.score, cell: (row) => <Score of={row.score} /> },
    { key: "findings", title: "Findings", from: 2, largestFirst: true, value: (row) => worstWeight(row.findings), cell: (row) => <Counts of={row.findings} /> },
    {
      key: "incidents",
      title: "Incidents",
      largestFirst: true,
      value: (row) => row.incidents * 10 + (row.worst_incident ? rank(row.worst_incident) : 0),
      cell: (row) => (
        <Show when={row.incidents > 0} fallback={<span class="dim">0</span>}>
          <SeverityMark of={row.worst_incident} label={count(row.incidents)} />
        </Show>
      ),
    },
    {
      key: "exposed",
      title: "Outside",
      from: 2,
      value: (row) => (row.exposed ? "reachable" : ""),
      cell: (row) => (row.exposed ? <span class="tag warn">reachable</span> : <span class="dim">–</span>),
    },
    { key: "pods", title: "Pods", end: true, from: 2, largestFirst: true, value: (row) => row.pods },
    {
      key: "health",
      title: "Health",
      from: 3,
      value: (row) => (row.healthy === false ? "not ready" : row.healthy ? "ready" : ""),
      cell: (row) => (row.healthy === false ? <span class="tag bad">not ready</span> : <span class="dim">{row.healthy ? "ready" : "–"}</span>),
    },
  ];
  return (
    <>
      <header class="heading">
        <h1>Applications</h1>
        <p class="says">
          <Show when={map.data()}>
            {(data) => (
              <>
                {plural(data().applications.length, "application")}, {plural(data().dependencies.length, "dependency", "dependencies")}
              </>
            )}
          </Show>
        </p>
      </header>
      <div class="tools filters">
        <TextFilter name="text" label="Filter by name" placeholder="Filter by name" />
        <Choice name="namespace" label="Namespace" all="All namespaces" values={namespaces().map((value) => ({ value }))} />
      </div>
      <Answer of={map}>
        {(data) => (
          <Show when={data().applications.length > 0} fallback={<Empty title="No application here">Applications are told by labels (`app.kubernetes.io/part-of`), Helm releases, Argo CD or Flux, and else by workload.</Empty>}>
            <Picture
              name="applications"
              label={`Map of ${plural(data().applications.length, "application")}`}
              nodes={nodes()}
              edges={edges()}
              chosen={param("node") || undefined}
              choose={(id) => setParams({ node: id })}
              open={(id) => navigate(href(path("applications", id)))}
            />
            <p class="legend small dim">
              <span>
                <i class="ln seen" /> observed
              </span>
              <span>
                <i class="ln allowed" /> by configuration only
              </span>
              <span>
                <i class="ln wrong" /> observed, no policy admits it
              </span>
              <span>a diamond: the outside reaches it</span>
              <span>colour: the worst open incident, else posture</span>
              <Show when={data().left_out > 0}>
                <span>{count(data().left_out)} of the least connected are left out; filter to see them.</span>
              </Show>
            </p>
            <section class="section">
              <Table name="applications" caption="Applications" rows={param("node") ? data().applications.filter((row) => row.id === param("node") || edges().some((edge) => (edge.from === param("node") && edge.to === row.id) || (edge.to === param("node") && edge.from === row.id))) : data().applications} columns={columns} id={(row) => row.id} open={open} sort="-incidents" keyed plain />
            </section>
          </Show>
        )}
      </Answer>
    </>
  );
}
