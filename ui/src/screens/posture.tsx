// Posture: how it stands by framework, namespace and workload, how it went, and every finding.
import type { JSX } from "solid-js";
import { createMemo, For, lazy, Match, Show, Suspense, Switch } from "solid-js";
import type { Control, Findings, Framework, NamespacePosture, Posture, WorkloadPosture } from "../api/names";
import { usePages, useTimed } from "../api/query";
import { href, navigate, param, path, setParams } from "../lib/router";
import { count } from "../lib/time";
import { Chips, Choice, Tabs, TextFilter, wordOf } from "../parts/filters";
import { SEVERITIES, SeverityMark } from "../parts/severity";
import { Answer, Empty } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { Counts, objectName, ObjectLink, objectPath, Score, worstWeight } from "../parts/words";
import { FINDINGS } from "./application";

const Chart = lazy(() => import("../parts/chart"));

export default function PostureScreen(): JSX.Element {
  return (
    <>
      <header class="heading">
        <h1>Posture</h1>
        <p class="says">Defects of configuration, and what is right.</p>
      </header>
      <Tabs
        label="Parts of posture"
        tabs={[
          ["", "Overview"],
          ["findings", "Findings"],
          ["frameworks", "Frameworks"],
        ]}
      />
      <Switch>
        <Match when={param("tab") === ""}>
          <Overview />
        </Match>
        <Match when={param("tab") === "findings"}>
          <FindingsTab />
        </Match>
        <Match when={param("tab") === "frameworks"}>
          <Frameworks />
        </Match>
      </Switch>
    </>
  );
}

const NAMESPACES: Column<NamespacePosture>[] = [
  {
    key: "namespace",
    title: "Namespace",
    value: (row) => row.namespace || "cluster-wide",
    cell: (row) => <a href={href("/posture", { tab: "findings", namespace: row.namespace || "-" })}>{row.namespace || "cluster-wide"}</a>,
  },
  { key: "score", title: "Score", value: (row) => row.score, cell: (row) => <Score of={row.score} /> },
  { key: "findings", title: "Findings", largestFirst: true, value: (row) => worstWeight(row.findings), cell: (row) => <Counts of={row.findings} /> },
  { key: "objects", title: "Objects", end: true, from: 2, largestFirst: true, value: (row) => row.objects },
];

const WORST: Column<WorkloadPosture>[] = [
  { key: "workload", title: "Workload", value: (row) => objectName(row.object), cell: (row) => <ObjectLink of={row.object} /> },
  { key: "score", title: "Score", value: (row) => row.score, cell: (row) => <Score of={row.score} title={row.explained} /> },
  { key: "findings", title: "Findings", largestFirst: true, value: (row) => worstWeight(row.findings), cell: (row) => <Counts of={row.findings} /> },
];

function Overview(): JSX.Element {
  const posture = useTimed<Posture>(
    () => "/posture",
    () => ({ namespace: param("namespace") }),
  );
  const times = createMemo(() => (posture.data()?.trend ?? []).map((point) => Date.parse(point.time) / 1000));
  return (
    <Answer of={posture}>
      {(data) => (
        <>
          <dl class="figures">
            <div>
              <dt>Mean score of 100</dt>
              <dd>{data().score}</dd>
            </div>
            <div>
              <dt>Findings</dt>
              <dd class="countline">
                <For each={SEVERITIES.filter((level) => data().findings[level] > 0)}>
                  {(level) => (
                    <a class="plainlink" href={href("/posture", { tab: "findings", severity: level })}>
                      <SeverityMark of={level} label={count(data().findings[level])} />
                      <span class="hidden-but-read">{level}</span>
                    </a>
                  )}
                </For>
              </dd>
            </div>
            <div>
              <dt>Nothing wrong</dt>
              <dd>{count(data().passed)}</dd>
            </div>
            <div>
              <dt>Could not be judged</dt>
              <dd>
                <a class="plainlink" href={href("/coverage")}>
                  {count(data().unknown)}
                </a>
              </dd>
            </div>
            <div>
              <dt>Accepted</dt>
              <dd>
                <a class="plainlink" href={href("/posture", { tab: "findings", accepted: "1" })}>
                  {count(data().accepted)}
                </a>
              </dd>
            </div>
          </dl>
          <Show when={data().trend.length > 1}>
            <section class="section">
              <h2>How it went</h2>
              <Suspense fallback={<div class="chartroom" />}>
                <Chart
                  label="Score, risk and serious findings over time; the table below has the numbers"
                  times={times()}
                  max={100}
                  lines={[
                    { title: "Score", values: data().trend.map((point) => point.score), colour: "--good", fill: true },
                    { title: "Risk of paths", values: data().trend.map((point) => point.risk ?? null), colour: "--high", dash: [5, 4] },
                    { title: "Critical and high findings", values: data().trend.map((point) => point.findings.critical + point.findings.high), colour: "--critical", dash: [2, 3] },
                  ]}
                />
              </Suspense>
              <details class="small">
                <summary class="dim">As a table</summary>
                <Table
                  name="trend"
                  scope="t"
                  plain
                  caption="How posture went"
                  rows={[...data().trend].reverse()}
                  id={(row) => row.time}
                  columns={[
                    { key: "time", title: "Time", value: (row) => row.time },
                    { key: "score", title: "Score", end: true, value: (row) => row.score },
                    { key: "risk", title: "Risk", end: true, value: (row) => row.risk ?? null },
                    { key: "critical", title: "Critical", end: true, value: (row) => row.findings.critical },
                    { key: "high", title: "High", end: true, value: (row) => row.findings.high },
                    { key: "medium", title: "Medium", end: true, value: (row) => row.findings.medium },
                    { key: "low", title: "Low", end: true, value: (row) => row.findings.low },
                  ]}
                />
              </details>
            </section>
          </Show>
          <div class="columns half">
            <section class="section">
              <h2>By namespace</h2>
              <Table name="namespaces" scope="n" plain caption="Posture by namespace" rows={data().namespaces} columns={NAMESPACES} id={(row) => row.namespace} sort="score" />
            </section>
            <section class="section">
              <h2>Weakest workloads</h2>
              <Table name="worst" scope="w" plain caption="Workloads with the lowest scores" rows={data().worst.slice(0, 25)} columns={WORST} id={(row) => objectName(row.object)} />
            </section>
          </div>
          <section class="section">
            <h2>By framework</h2>
            <FrameworkList frameworks={data().frameworks} />
          </section>
        </>
      )}
    </Answer>
  );
}

function FrameworkList(props: { frameworks: Framework[] }): JSX.Element {
  return (
    <table class="table">
      <caption class="hidden-but-read">Frameworks</caption>
      <thead>
        <tr>
          <th scope="col">Framework</th>
          <th scope="col" class="p2">
            Controls
          </th>
          <th scope="col" class="end">
            Pass
          </th>
          <th scope="col" class="end">
            Fail
          </th>
          <th scope="col" class="end p2">
            Not judged
          </th>
          <th scope="col" class="end p3">
            Nothing to judge
          </th>
          <th scope="col" class="end p3">
            No check
          </th>
        </tr>
      </thead>
      <tbody>
        <For each={props.frameworks}>
          {(one) => (
            <tr>
              <td>
                <a href={href("/posture", { tab: "frameworks", framework: one.id })}>{one.title}</a>
              </td>
              <td class="p2 widebar">
                <Split of={one} />
              </td>
              <td class="end">{count(one.passed)}</td>
              <td class="end">{one.failed > 0 ? <span class="strong">{count(one.failed)}</span> : "0"}</td>
              <td class="end p2 dim">{count(one.unknown)}</td>
              <td class="end p3 dim">{count(one.not_applicable)}</td>
              <td class="end p3 dim">{count(one.not_covered)}</td>
            </tr>
          )}
        </For>
      </tbody>
    </table>
  );
}

/** Pass, fail and the rest as one bar; the numbers stand beside it. */
function Split(props: { of: Framework }): JSX.Element {
  const all = () => Math.max(1, props.of.passed + props.of.failed + props.of.unknown + props.of.not_applicable + props.of.not_covered);
  const pass = () => (100 * props.of.passed) / all();
  const fail = () => (100 * props.of.failed) / all();
  return (
    <svg class="bar splitbar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="rail" width="100" height="6" />
      <rect class="pass" width={pass()} height="6" />
      <rect class="fail" x={pass()} width={fail()} height="6" />
    </svg>
  );
}

const STATUS: Record<string, string> = { pass: "good", fail: "bad", unknown: "warn" };

function Frameworks(): JSX.Element {
  const posture = useTimed<Posture>(
    () => "/posture",
    () => ({ framework: param("framework") }),
  );
  const columns: Column<Control>[] = [
    { key: "id", title: "Control", width: "7.9rem", value: (row) => row.id, cell: (row) => <span class="num">{row.id}</span> },
    {
      key: "title",
      title: "What it asks",
      value: (row) => row.title,
      cell: (row) => (
        <>
          <div>{row.title}</div>
          <Show when={row.note}>
            <div class="dim small">{row.note}</div>
          </Show>
        </>
      ),
    },
    { key: "status", title: "Stands", width: "9.3rem", value: (row) => row.status, cell: (row) => <span class={`tag ${STATUS[row.status] ?? ""}`}>{wordOf(row.status)}</span> },
    {
      key: "failed",
      title: "Fail",
      width: "7.9rem",
      end: true,
      largestFirst: true,
      value: (row) => row.failed,
      cell: (row) => (
        <Show when={row.failed > 0} fallback={<span class="dim">{row.judged > 0 ? `0 of ${count(row.judged)}` : "–"}</span>}>
          <a href={href("/posture", { tab: "findings", control: `${param("framework")}/${row.id}` })}>
            {count(row.failed)} of {count(row.judged)}
          </a>
        </Show>
      ),
    },
    {
      key: "checks",
      title: "Checks",
      width: "13.6rem",
      from: 3,
      value: (row) => row.checks.join(" "),
      cell: (row) => (
        <span class="row-of small">
          <For each={row.checks.slice(0, 4)}>
            {(check) => (
              <a class="mono" href={href(path("checks", check))}>
                {check}
              </a>
            )}
          </For>
          <Show when={row.checks.length > 4}>
            <span class="dim">+{row.checks.length - 4}</span>
          </Show>
        </span>
      ),
    },
  ];
  return (
    <Answer of={posture}>
      {(data) => {
        const chosen = () => data().frameworks.find((one) => one.id === param("framework"));
        return (
          <>
            <div class="tools">
              <Choice name="framework" label="Framework" all="All frameworks" values={data().frameworks.map((one) => ({ value: one.id, title: one.title }))} />
              <span class="space" />
              <button class="button tiny" type="button" onClick={() => window.print()}>
                Print
              </button>
            </div>
            <Show when={chosen()} fallback={<FrameworkList frameworks={data().frameworks} />}>
              {(framework) => (
                <>
                  <FrameworkList frameworks={[framework()]} />
                  <section class="section">
                    <Table name={`framework-${framework().id}`} caption={framework().title} rows={framework().controls} columns={columns} id={(row) => row.id} keyed />
                  </section>
                </>
              )}
            </Show>
          </>
        );
      }}
    </Answer>
  );
}

function FindingsTab(): JSX.Element {
  const findings = usePages<Findings>(
    () => "/findings",
    () => ({
      severity: param("severity"),
      check: param("check"),
      namespace: param("namespace"),
      kind: param("kind"),
      application: param("application"),
      control: param("control"),
      owner: param("owner"),
      text: param("text"),
      accepted: param("accepted") === "1",
    }),
  );
  const facet = (name: string) => findings.data()?.facets[name] ?? [];
  return (
    <>
      <Answer of={findings}>
        {() => (
          <Table
 tools={<><TextFilter name="text" label="Filter findings" placeholder="Filter by word" />
        <Chips name="severity" label="Severity" values={facet("severity")} marks order={SEVERITIES} />
        <Choice name="namespace" label="Namespace" all="All namespaces" values={facet("namespace")} />
        <Choice name="check" label="Check" all="All checks" values={facet("check").map((one) => ({ ...one, title: one.value }))} />
        <Choice name="kind" label="Kind" all="All kinds" values={facet("kind").map((one) => ({ ...one, title: one.value }))} />
        <button class="chip" type="button" aria-pressed={param("accepted") === "1"} onClick={() => setParams({ accepted: param("accepted") === "1" ? "" : "1" })}>
          accepted instead
        </button>
        <For each={["application", "control"].filter((name) => param(name) !== "")}>
          {(name) => (
            <button class="chip" type="button" aria-pressed="true" onClick={() => setParams({ [name]: "" })}>
              {name} {param(name)} ×
            </button>
          )}
        </For></>}

            name="findings"
            caption="Findings, worst first"
            rows={findings.items()}
            total={findings.total()}
            columns={FINDINGS}
            id={(row) => row.fingerprint}
            open={(row) => navigate(href(objectPath(row.object), { field: row.path }))}
            plain
            keyed
            rowHeight={58}
            empty={<Empty title="No finding passes these filters" />}
          />
        )}
      </Answer>
      <Show when={findings.hasMore()}>
        <p class="more-of">
          <button class="button" type="button" onClick={findings.more}>
            Load more
          </button>
        </p>
      </Show>
    </>
  );
}
