// One object: as it is, how it came to be so and by whom, what is wrong with it; for a workload also what it runs.
import type { JSX } from "solid-js";
import { createMemo, For, Match, Show, Switch } from "solid-js";
import type { FieldChange, FindingRow, ObjectDetail, ObjectVersion, PageOf, Workload } from "../api/names";
import { usePages, useTimed } from "../api/query";
import { href, param, path, setParams } from "../lib/router";
import { count, plural } from "../lib/time";
import { Tabs } from "../parts/filters";
import { Icon } from "../parts/icons";
import { Answer, Empty } from "../parts/states";
import { Table } from "../parts/table";
import { ActorLink, Code, Counts, isWorkload, kindWord, objectName, ObjectLink, portsText, Score, When } from "../parts/words";
import { EXPOSURES, FINDINGS } from "./application";

export default function ObjectScreen(props: { kind: string; namespace: string; name: string }): JSX.Element {
  const address = () => path("objects", props.kind, props.namespace, props.name);
  const object = useTimed<ObjectDetail>(address, undefined, ["world", "incident"]);
  const ref = () => ({ kind: props.kind, namespace: props.namespace === "-" ? "" : props.namespace, name: props.name });
  const workload = useTimed<Workload>(() => (isWorkload(ref()) ? path("workloads", props.kind, props.namespace, props.name) : undefined), undefined, ["world", "incident"]);
  return (
    <>
      <p class="crumb">
        <Show when={object.data()?.row.application} fallback={<span class="dim">{props.kind}</span>}>
          {(id) => (
            <a href={href(path("applications", id()))}>
              <Icon name="back" /> {id().split(":").at(-1)}
            </a>
          )}
        </Show>
      </p>
      <header class="heading">
        <h1>
          <span class="dim">{kindWord(props.kind)}</span> {props.namespace === "-" ? props.name : `${props.namespace}/${props.name}`}
        </h1>
        <div class="acts">
          <Show when={isWorkload(ref())}>
            <a class="button" href={href("/paths", { from: `Pod/${props.namespace}/${props.name}` })}>
              Paths from here
            </a>
          </Show>
        </div>
      </header>
      <Tabs
        label="Parts of the object"
        tabs={[
          ["", "As it is"],
          ["history", "Who changed what"],
          ["yaml", "YAML"],
        ]}
      />
      <Switch>
        <Match when={param("tab") === "history"}>
          <History address={address()} />
        </Match>
        <Match when={true}>
          <Answer of={object}>
            {(data) => (
              <Show when={param("tab") !== "yaml"} fallback={<Yaml text={data().yaml} />}>
                <dl class="facts top-facts">
                  <Show when={data().row.created}>
                    <dt>Made</dt>
                    <dd>
                      <When at={data().row.created} exact />
                    </dd>
                  </Show>
                  <Show when={data().owners.length > 0}>
                    <dt>Owned by</dt>
                    <dd>
                      <For each={data().owners}>
                        {(owner) => (
                          <div>
                            <ObjectLink of={owner} />
                          </div>
                        )}
                      </For>
                    </dd>
                  </Show>
                  <dt>Incidents</dt>
                  <dd>
                    <For each={data().incidents} fallback={<span class="dim">none open</span>}>
                      {(id) => (
                        <a class="mono idlink" href={href(path("incidents", id))}>
                          {id}
                        </a>
                      )}
                    </For>
                  </dd>
                  <dt>Findings</dt>
                  <dd>
                    <Counts of={data().row.findings} loose />
                  </dd>
                </dl>
                <Show when={workload.data()}>{(told) => <WorkloadFacts of={told()} />}</Show>
                <section class="section">
                  <h2>What is wrong with it</h2>
                  <FindingList findings={data().findings} />
                </section>
              </Show>
            )}
          </Answer>
        </Match>
      </Switch>
    </>
  );
}

function FindingList(props: { findings: FindingRow[] }): JSX.Element {
  return (
    <Show when={props.findings.length > 0} fallback={<p class="note">No check found anything.</p>}>
      <Table
        name="findings"
        scope="f"
        plain={props.findings.length < 12}
        caption="Findings"
        rows={props.findings}
        columns={FINDINGS.filter((column) => column.key !== "object")}
        id={(row) => row.fingerprint}
        sort="-severity"
        selected={props.findings.find((row) => row.path === param("field"))?.fingerprint}
        onSelect={(row) => setParams({ field: row.path })}
        keyed
      />
    </Show>
  );
}

function WorkloadFacts(props: { of: Workload }): JSX.Element {
  return (
    <>
      <dl class="facts top-facts">
        <dt>Posture</dt>
        <dd>
          <Score of={props.of.row.score} title={props.of.row.score_explained} /> <span class="dim small">{props.of.row.score_explained}</span>
        </dd>
        <Show when={props.of.identity}>
          {(identity) => (
            <>
              <dt>Runs as</dt>
              <dd>
                <a href={href(path("identities", identity().id))}>{identity().name}</a>{" "}
                <span class={`tag ${identity().token_mounted ? "warn" : ""}`}>{identity().token_mounted ? "token mounted" : "no token in the pod"}</span>
                <div class="soft small">{identity().powers.join("; ")}</div>
              </dd>
            </>
          )}
        </Show>
        <Show when={props.of.uses.length > 0}>
          <dt>Mounts and reads</dt>
          <dd>
            <For each={props.of.uses}>
              {(object) => (
                <div>
                  <ObjectLink of={object} short />
                </div>
              )}
            </For>
          </dd>
        </Show>
      </dl>
      <Show when={props.of.exposures.length > 0}>
        <section class="section">
          <h2>Ways in from outside</h2>
          <Table name="exposures" scope="x" plain caption="Ways in from outside" rows={props.of.exposures} columns={EXPOSURES.filter((one) => one.key !== "workload")} id={(row) => objectName(row.object) + portsText(row.ports)} />
        </section>
      </Show>
    </>
  );
}

function Yaml(props: { text: string }): JSX.Element {
  return (
    <>
      <p class="small dim">
        {plural(props.text.split("\n").length, "line")}; values of secrets are left out.
      </p>
      <Code text={props.text} label="The object as YAML" />
    </>
  );
}

const KNOWN: Record<string, [string, string]> = {
  audit: ["by the audit log", "good"],
  audit_by_time: ["by the audit log, matched by time", ""],
  managed_fields: ["a client's own claim", "warn"],
  unknown: ["not known by whom", "warn"],
};

export function KnownBy(props: { how: string }): JSX.Element {
  return <span class={`tag ${KNOWN[props.how]?.[1] ?? ""}`}>{KNOWN[props.how]?.[0] ?? props.how}</span>;
}

export function valueText(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What a field was and is. */
export function FieldChanges(props: { of: FieldChange[] }): JSX.Element {
  return (
    <ul class="changes">
      <For each={props.of.slice(0, 20)}>
        {(field) => (
          <li>
            <span class="mono field-name">{field.path}</span>
            <Show when={field.before !== undefined && field.before !== null}>
              <del class="mono">{valueText(field.before)}</del>
            </Show>
            <Show when={field.after !== undefined && field.after !== null} fallback={<span class="dim small">taken away</span>}>
              <ins class="mono">{valueText(field.after)}</ins>
            </Show>
          </li>
        )}
      </For>
      <Show when={props.of.length > 20}>
        <li class="dim small">and {props.of.length - 20} more fields</li>
      </Show>
    </ul>
  );
}

/** What the cluster reports, which no person writes. */
const REPORTED = /^(status\b|metadata\.(resourceVersion|generation|managedFields)\b)/;

function History(props: { address: string }): JSX.Element {
  const history = usePages<PageOf<ObjectVersion>>(
    () => `${props.address}/history`,
    () => ({}),
    ["world"],
    400,
  );
  const status = () => param("status") === "1" || REPORTED.test(param("field"));
  const versions = createMemo<ObjectVersion[]>(() => {
    const wanted = param("field");
    return history
      .items()
      .map((version) => ({ ...version, fields: version.fields.filter((field) => field.path.includes(wanted) && (status() || !REPORTED.test(field.path))) }))
      .filter((version) => version.fields.length > 0 || (version.what !== "changed" && wanted === ""));
  });
  return (
    <>
      <div class="tools">
        <input
          type="search"
          aria-label="Filter by field"
          placeholder="Field, spec.replicas"
          value={param("field")}
          onInput={(event) => setParams({ field: event.currentTarget.value })}
        />
        <button class="chip" type="button" aria-pressed={status()} onClick={() => setParams({ status: param("status") === "1" ? "" : "1" })}>
          with what the cluster reports
        </button>
        <span class="space" />
        <span class="dim small num">
          {count(versions().length)} of {plural(history.total(), "version")}
        </span>
      </div>
      <Answer of={history}>
        {() => (
          <Show when={history.items().length > 0} fallback={<Empty title="No version is kept">The history begins when the hub first saw the object.</Empty>}>
            <ol class="timeline versions">
              <For each={versions()}>
                {(version) => (
                  <li>
                    <span class="at">
                      <When at={version.time} />
                    </span>
                    <div>
                      <p class="row-of">
                        <span class="strong">{version.what}</span>
                        <Show when={version.actor} fallback={<span class="dim">by somebody</span>}>
                          {(actor) => (
                            <span>
                              by <ActorLink name={actor()} />
                            </span>
                          )}
                        </Show>
                        <KnownBy how={version.known_by} />
                        <button class="button plain tiny" type="button" onClick={() => setParams({ at: version.time, tab: "yaml" }, true)}>
                          As it was then
                        </button>
                      </p>
                      <FieldChanges of={version.fields} />
                    </div>
                  </li>
                )}
              </For>
            </ol>
          </Show>
        )}
      </Answer>
    </>
  );
}
