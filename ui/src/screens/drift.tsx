// What differs: live from desired, what changed and waits for a person's word, and one time from another.
import type { JSX } from "solid-js";
import { createMemo, createSignal, For, Match, Show, Switch } from "solid-js";
import { Failure, post, url } from "../api/client";
import type { Change, Diff, Drift, DriftRow, ObjectDiff, PageOf } from "../api/names";
import { usePages, useQuery } from "../api/query";
import { href, param, path, setParams } from "../lib/router";
import { count, exactTime, plural, toUrl } from "../lib/time";
import { Choice, Tabs, TextFilter, wordOf } from "../parts/filters";
import { now } from "../parts/now";
import { SeverityMark } from "../parts/severity";
import { Answer, Empty } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { toast } from "../parts/toast";
import { ActorLink, objectName, ObjectLink, personName, When } from "../parts/words";
import { FINDINGS } from "./application";
import { FieldChanges, KnownBy } from "./object";

export default function DriftScreen(): JSX.Element {
  return (
    <>
      <header class="heading">
        <h1>Drift</h1>
        <p class="says">What differs from what is wanted, and from what was.</p>
      </header>
      <Tabs
        label="Parts of drift"
        tabs={[
          ["", "Live against desired"],
          ["changes", "Changes to confirm"],
          ["difference", "Between two times"],
        ]}
      />
      <Switch>
        <Match when={param("tab") === ""}>
          <DriftTab />
        </Match>
        <Match when={param("tab") === "changes"}>
          <ChangesTab />
        </Match>
        <Match when={param("tab") === "difference"}>
          <DifferenceTab />
        </Match>
      </Switch>
    </>
  );
}

function DriftTab(): JSX.Element {
  const drift = usePages<Drift, DriftRow>(
    () => "/drift",
    () => ({ namespace: param("namespace"), text: param("text") }),
    ["world", "change"],
  );
  return (
    <>
      <div class="tools filters">
        <TextFilter name="text" label="Filter by object or field" />
        <span class="space" />
        <span class="dim small num">{plural(drift.total(), "object")}</span>
      </div>
      <Answer of={drift}>
        {(data) => (
          <Show
            when={data().available.available}
            fallback={<Empty title="There is no desired state to compare with">{data().available.reason}</Empty>}
          >
            <Show when={drift.items().length > 0} fallback={<Empty title="Nothing differs">Every object that is delivered is as it should be.</Empty>}>
              <ul class="drifts">
                <For each={drift.items()}>
                  {(row) => (
                    <li>
                      <p class="row-of">
                        <span class={`tag ${row.state === "changed" ? "warn" : row.state === "missing" ? "bad" : "low"}`}>{row.state}</span>
                        <span class="strong">
                          <ObjectLink of={row.object} query={{ tab: "history" }} />
                        </span>
                        <Show when={row.since}>
                          <span class="dim small">
                            since <When at={row.since} />
                          </span>
                        </Show>
                      </p>
                      <Show when={row.fields.length > 0}>
                        <table class="fieldtable">
                          <caption class="hidden-but-read">Fields of {objectName(row.object)} that differ</caption>
                          <thead>
                            <tr>
                              <th scope="col">Field</th>
                              <th scope="col">Desired</th>
                              <th scope="col">Live</th>
                              <th scope="col">By whom</th>
                            </tr>
                          </thead>
                          <tbody>
                            <For each={row.fields}>
                              {(field) => (
                                <tr>
                                  <td class="mono">{field.path}</td>
                                  <td class="mono cutaway">{field.desired ?? <span class="dim">nothing</span>}</td>
                                  <td class="mono add">{field.live ?? <span class="dim">nothing</span>}</td>
                                  <td>
                                    <Show when={field.actor}>{(actor) => <ActorLink name={actor()} />}</Show> <KnownBy how={field.known_by} />
                                  </td>
                                </tr>
                              )}
                            </For>
                          </tbody>
                        </table>
                      </Show>
                    </li>
                  )}
                </For>
              </ul>
              <Show when={drift.hasMore()}>
                <button class="button" type="button" onClick={drift.more}>
                  Load more
                </button>
              </Show>
            </Show>
          </Show>
        )}
      </Answer>
    </>
  );
}

const KINDS = ["exposure_widened", "exposure_narrowed", "new_registry", "new_repository", "new_deployer", "outside_delivery", "access", "unhealthy", "healthy", "object"];

function ChangesTab(): JSX.Element {
  const changes = usePages<PageOf<Change>>(
    () => "/changes",
    () => ({ kind: param("kind"), validation: param("validation"), namespace: param("namespace"), text: param("text") }),
    ["change"],
    400,
  );
  return (
    <>
      <div class="tools filters">
        <TextFilter name="text" label="Filter changes" />
        <Choice name="kind" label="Kind" all="Every kind" values={KINDS.map((value) => ({ value }))} />
        <Choice
          name="validation"
          label="Confirmed or not"
          all="Confirmed or not"
          values={[
            { value: "waiting", title: "Waiting for a word" },
            { value: "confirmed", title: "Confirmed" },
            { value: "rejected", title: "Rejected" },
          ]}
        />
        <span class="space" />
        <span class="dim small num">{plural(changes.total(), "change")}</span>
      </div>
      <Answer of={changes}>
        {() => (
          <Show when={changes.items().length > 0} fallback={<Empty title="No change passes these filters">Changes worth hearing of are new ways in, new registries, hand-made deliveries, and changes of access.</Empty>}>
            <ol class="timeline">
              <For each={changes.items()}>{(change) => <ChangeItem of={change} again={changes.again} />}</For>
            </ol>
            <Show when={changes.hasMore()}>
              <button class="button" type="button" onClick={changes.more}>
                Load more
              </button>
            </Show>
          </Show>
        )}
      </Answer>
    </>
  );
}

function ChangeItem(props: { of: Change; again: () => void }): JSX.Element {
  const [rejecting, setRejecting] = createSignal(false);
  const [reason, setReason] = createSignal("");
  const say = async (confirmed: boolean) => {
    try {
      await post<Change>(url(path("changes", props.of.id, "validation")), { confirmed, reason: reason().trim() || undefined });
      toast(confirmed ? "Confirmed" : "Rejected");
      setRejecting(false);
      props.again();
    } catch (error) {
      toast(error instanceof Failure ? `${error.title}. ${error.detail}` : String(error));
    }
  };
  const waiting = () => props.of.validation?.state === "waiting" && param("at") === "";
  return (
    <li class={`sev-${props.of.severity}`}>
      <span class="at">
        <When at={props.of.time} />
      </span>
      <div>
        <p class="row-of marked">
          <SeverityMark of={props.of.severity} bare />
          <span class="strong">
            <Show when={props.of.actor && /^[a-z]/.test(props.of.text)}>{personName(props.of.actor ?? "")} </Show>
            {props.of.text}
          </span>
        </p>
        <p class="small row-of">
          <span class="dim">{wordOf(props.of.kind)}</span>
          <ObjectLink of={props.of.object} query={{ tab: "history" }} />
          <Show when={props.of.actor}>
            {(actor) => (
              <span>
                by <ActorLink name={actor()} />
              </span>
            )}
          </Show>
          <KnownBy how={props.of.known_by} />
          <Show when={props.of.event}>
            {(event) => (
              <a class="dim" href={href(path("events", event()))}>
                the call
              </a>
            )}
          </Show>
        </p>
        <Show when={props.of.fields.length > 0}>
          <dl class="facts fields">
            <For each={props.of.fields.slice(0, 8)}>
              {(field) => (
                <>
                  <dt class="mono">{field.field}</dt>
                  <dd class="mono">{field.value}</dd>
                </>
              )}
            </For>
          </dl>
        </Show>
        <Show when={props.of.validation && props.of.validation.state !== "waiting"}>
          <p class="small">
            <span class={`tag ${props.of.validation?.state === "confirmed" ? "good" : "bad"}`}>{props.of.validation?.state}</span> by {props.of.validation?.author ?? "somebody"}{" "}
            <When at={props.of.validation?.time} /> {props.of.validation?.reason}
          </p>
        </Show>
        <Show when={waiting()}>
          <div class="row-of no-print">
            <button class="button tiny" type="button" onClick={() => void say(true)}>
              It is as it should be
            </button>
            <Show
              when={rejecting()}
              fallback={
                <button class="button tiny" type="button" onClick={() => setRejecting(true)}>
                  It is not
                </button>
              }
            >
              <input type="text" class="short" aria-label="Why not" placeholder="Why not" value={reason()} onInput={(event) => setReason(event.currentTarget.value)} />
              <button class="button tiny" type="button" disabled={reason().trim() === ""} onClick={() => void say(false)}>
                Reject
              </button>
            </Show>
          </div>
        </Show>
      </div>
    </li>
  );
}

const DAY = 86_400_000;

function DifferenceTab(): JSX.Element {
  // The earlier of the two times is the beginning, whichever was chosen as which.
  const times = createMemo(() => {
    if (param("vs") === "") return undefined;
    const one = Date.parse(param("vs"));
    const other = param("at") === "" ? undefined : Date.parse(param("at"));
    if (other === undefined) return { from: param("vs"), to: "" };
    return one <= other ? { from: param("vs"), to: param("at") } : { from: param("at"), to: param("vs") };
  });
  const diff = useQuery<Diff>(() => {
    const span = times();
    return span ? url("/diff", { ...span, namespace: param("namespace") }) : undefined;
  });
  const columns: Column<ObjectDiff>[] = [
    { key: "what", title: "What", width: "6.9rem", value: (row) => row.what, cell: (row) => <span class={`tag ${row.what === "created" ? "good" : row.what === "deleted" ? "bad" : "warn"}`}>{row.what}</span> },
    { key: "object", title: "Object", width: "36%", value: (row) => objectName(row.object), cell: (row) => <ObjectLink of={row.object} query={{ tab: "history" }} /> },
    { key: "fields", title: "Fields", value: (row) => row.fields.map((field) => field.path).join(" "), cell: (row) => <FieldChanges of={row.fields.slice(0, 6)} /> },
  ];
  const ago = (back: number) => setParams({ vs: toUrl(new Date((param("at") === "" ? now().getTime() : Date.parse(param("at"))) - back)) }, true);
  return (
    <Show
      when={times()}
      fallback={
        <Empty
          title="Choose a time to compare with"
          action={
            <>
              <button class="button" type="button" onClick={() => ago(3_600_000)}>
                An hour before
              </button>
              <button class="button" type="button" onClick={() => ago(DAY)}>
                A day before
              </button>
              <button class="button" type="button" onClick={() => ago(7 * DAY)}>
                A week before
              </button>
            </>
          }
        >
          Or choose two times in the time control above: a click looks at a time, Shift and click compares with it.
        </Empty>
      }
    >
      <Answer of={diff}>
        {(data) => (
          <>
            <p class="says">
              From <span class="strong num">{exactTime(data().from)}</span> to <span class="strong num">{exactTime(data().to)}</span>
            </p>
            <dl class="figures">
              <div>
                <dt>Score</dt>
                <dd>
                  {data().score[1]} <small>from {data().score[0]}</small>
                </dd>
              </div>
              <Show when={data().risk}>
                {(risk) => (
                  <div>
                    <dt>Risk of paths</dt>
                    <dd>
                      {risk()[1]} <small>from {risk()[0]}</small>
                    </dd>
                  </div>
                )}
              </Show>
              <div>
                <dt>Objects</dt>
                <dd>{count(data().objects.length + data().more)}</dd>
              </div>
              <div>
                <dt>Findings</dt>
                <dd>
                  +{count(data().findings_new.length)} <small>−{count(data().findings_gone.length)}</small>
                </dd>
              </div>
              <div>
                <dt>Incidents</dt>
                <dd>
                  +{count(data().incidents_opened.length)} <small>−{count(data().incidents_closed.length)}</small>
                </dd>
              </div>
            </dl>
            <Show when={data().incidents_opened.length > 0}>
              <section class="section">
                <h2>Incidents that opened</h2>
                <p class="row-of">
                  <For each={data().incidents_opened}>
                    {(id) => (
                      <a class="mono" href={href(path("incidents", id))}>
                        {id}
                      </a>
                    )}
                  </For>
                </p>
              </section>
            </Show>
            <section class="section">
              <h2>Objects</h2>
              <Table name="difference" caption="Objects that differ" rows={data().objects} total={data().objects.length + data().more} columns={columns} id={(row) => objectName(row.object)} keyed rowHeight={62} />
            </section>
            <Show when={data().findings_new.length > 0}>
              <section class="section">
                <h2>New findings</h2>
                <Table name="new-findings" scope="fn" plain caption="New findings" rows={data().findings_new} columns={FINDINGS} id={(row) => row.fingerprint} rowHeight={58} />
              </section>
            </Show>
            <Show when={data().findings_gone.length > 0}>
              <section class="section">
                <h2>Findings that went</h2>
                <Table name="gone-findings" scope="fg" plain caption="Findings that went" rows={data().findings_gone} columns={FINDINGS} id={(row) => row.fingerprint} rowHeight={58} />
              </section>
            </Show>
          </>
        )}
      </Answer>
    </Show>
  );
}
