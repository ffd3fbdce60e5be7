// What differs: live from desired (by whom, what it means, the way back), what changed and waits for a person's word, and one time from another.
import type { JSX } from "solid-js";
import { createMemo, createSignal, For, Match, Show, Switch } from "solid-js";
import { Failure, post, url } from "../api/client";
import type { Change, Diff, Drift, DriftDetail, DriftField, DriftRow, ObjectDiff, PageOf, WayBack } from "../api/names";
import { usePages, useQuery, useTimed } from "../api/query";
import { useKeys } from "../lib/keys";
import { href, navigate, param, path, segments, setParams } from "../lib/router";
import { count, exactTime, plural, toUrl } from "../lib/time";
import { Chips, Choice, Tabs, TextFilter, wordOf } from "../parts/filters";
import { Icon } from "../parts/icons";
import { now } from "../parts/now";
import { rank, SEVERITIES, SeverityMark } from "../parts/severity";
import { Answer, Empty } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { toast } from "../parts/toast";
import { ActorLink, Code, kindWord, objectName, ObjectLink, personName, When } from "../parts/words";
import { FINDINGS } from "./application";
import { FieldChanges, KnownBy } from "./object";

export default function DriftScreen(): JSX.Element {
  return (
    <Show when={segments()[1]} fallback={<DriftParts />}>
      {(id) => <DriftDetailScreen id={id()} />}
    </Show>
  );
}

function DriftParts(): JSX.Element {
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

const CLASSES = ["missing", "unmanaged", "changed", "added", "removed", "re-owned"];

const STRENGTH: Record<string, string> = {
  audit: "the audit log shows it",
  "audit-by-time": "the audit log, by time and tool",
  "managed-fields": "the client's own word",
  unknown: "nothing tells",
};

/** Who it was, or that nobody knows; and how strong that is. */
function Author(props: { of: DriftField; brief?: boolean }): JSX.Element {
  return (
    <>
      <Show when={props.of.actor} fallback={<span class="dim">{props.of.known_by === "unknown" ? "nobody knows" : props.of.author}</span>}>
        {(actor) => <ActorLink name={actor()} />}
      </Show>{" "}
      <Show when={!props.brief} fallback={<span class="dim small">{STRENGTH[props.of.known_by]}</span>}>
        <KnownBy how={props.of.known_by.replaceAll("-", "_")} />
      </Show>
    </>
  );
}

/** The field whose author is known best: who is named in the list. */
function leading(row: DriftRow): DriftField | undefined {
  const order = Object.keys(STRENGTH);
  return [...row.fields].sort((a, b) => order.indexOf(a.known_by) - order.indexOf(b.known_by))[0];
}

function shortPath(path: string): string {
  return path.replace(/^spec\.template\.spec\./, "").replace(/^metadata\./, "");
}

function Differs(props: { of: DriftRow }): JSX.Element {
  const fields = () => props.of.fields.filter((field) => field.path !== "");
  return (
    <Switch>
      <Match when={props.of.state === "missing"}>
        <span class="tag bad">missing</span> <span class="dim">desired, and not there</span>
      </Match>
      <Match when={props.of.state === "unmanaged"}>
        <span class="tag low">unmanaged</span> <span class="dim">there, and desired nowhere</span>
      </Match>
      <Match when={true}>
        <ul class="changes">
          <For each={fields().slice(0, 2)}>
            {(field) => (
              <li>
                <span class="mono field-name">{shortPath(field.path)}</span>
                <Show when={field.class !== "re-owned"} fallback={<span class="dim">has another owner</span>}>
                  <span class="clamp1">
                    <del>{field.desired ?? "nothing"}</del> <ins>{field.live ?? "nothing"}</ins>
                  </span>
                </Show>
              </li>
            )}
          </For>
        </ul>
        <Show when={fields().length > 2}>
          <span class="dim small">and {plural(fields().length - 2, "more field")}</span>
        </Show>
      </Match>
    </Switch>
  );
}

const COLUMNS: Column<DriftRow>[] = [
  { key: "severity", title: "Severity", width: "6.6rem", largestFirst: true, value: (row) => rank(row.severity), cell: (row) => <SeverityMark of={row.severity} /> },
  {
    key: "object",
    title: "Object",
    width: "24%",
    value: (row) => objectName(row.object),
    cell: (row) => (
      <>
        <a href={href(path("drift", row.id))}>
          <span class="dim">{kindWord(row.object.kind)} </span>
          {row.object.namespace === "" ? row.object.name : `${row.object.namespace}/${row.object.name}`}
        </a>
        <Show when={row.delivered}>
          {" "}
          <span class="tag" title="Delivery itself wrote this: the desired state at hand is older">
            delivered since
          </span>
        </Show>
      </>
    ),
  },
  { key: "what", title: "What differs", value: (row) => row.fields.map((field) => field.path).join(" ") || row.state, cell: (row) => <Differs of={row} /> },
  {
    key: "by",
    title: "By whom",
    width: "15rem",
    from: 2,
    value: (row) => leading(row)?.actor ?? leading(row)?.author,
    cell: (row) => <Show when={leading(row)}>{(field) => <Author of={field()} brief />}</Show>,
  },
  { key: "since", title: "Since", width: "8rem", from: 3, largestFirst: true, value: (row) => row.since, cell: (row) => <When at={row.since} /> },
];

function DriftTab(): JSX.Element {
  const drift = usePages<Drift, DriftRow>(
    () => "/drift",
    () => ({
      namespace: param("namespace"),
      text: param("text"),
      class: param("class"),
      actor: param("actor"),
      severity: param("severity"),
    }),
    ["world", "change"],
  );
  const isFiltered = () => ["text", "class", "actor", "severity", "namespace"].some((name) => param(name) !== "");
  return (
    <Answer of={drift}>
      {(data) => (
        <Show
          when={data().available.available}
          fallback={
            <Empty title="Nothing says what is desired">
              {data().available.reason}
            </Empty>
          }
        >
          <div class="tools filters">
            <TextFilter name="text" label="Filter by object, field, value or author" />
            <Chips name="class" label="Class" values={data().classes} order={CLASSES} />
            <Choice
              name="actor"
              label="By whom"
              all="By anybody"
              values={data().actors.map((one) => ({ value: one.value, title: one.value === "-" ? "Nobody known" : personName(one.value), count: one.count }))}
            />
            <Choice name="severity" label="Severity" all="Every severity" values={SEVERITIES.map((value) => ({ value }))} />
          </div>
          <p class="says small">
            Held to {plural(data().desired, "desired object")}: <For each={data().sources}>
              {(source, at) => (
                <>
                  {at() > 0 ? "; " : ""}
                  {count(source.objects)} of {wordOf(source.name)}
                  <Show when={source.note}>{(note) => <span class="dim"> ({note()})</span>}</Show>
                </>
              )}
            </For>
            . Defaults, controllers, autoscalers and webhooks are told apart from hands.
          </p>
          <Show
            when={drift.items().length > 0}
            fallback={
              <Show when={isFiltered()} fallback={<Empty title="Nothing differs">Every desired object is there as it is desired, and nothing else is where these objects are.</Empty>}>
                <Empty
                  title="No drift passes these filters"
                  action={
                    <button class="button" type="button" onClick={() => setParams({ text: "", class: "", actor: "", severity: "", namespace: "" })}>
                      Clear the filters
                    </button>
                  }
                />
              </Show>
            }
          >
            <Table
              name="drift"
              caption="Objects that are not as desired"
              rows={drift.items()}
              total={drift.total()}
              columns={COLUMNS}
              id={(row) => row.id}
              open={(row) => navigate(href(path("drift", row.id)))}
              keyed
              plain
              rowHeight={62}
            />
            <Show when={drift.hasMore()}>
              <button class="button" type="button" onClick={drift.more}>
                Load more
              </button>
            </Show>
          </Show>
        </Show>
      )}
    </Answer>
  );
}

/** One object that differs: field by field, who did it, what it means, how it came to be so, the way back. */
function DriftDetailScreen(props: { id: string }): JSX.Element {
  const drift = useTimed<DriftDetail>(() => path("drift", props.id), undefined, ["world", "change"]);
  useKeys((event) => {
    if (event.key !== "u") return false;
    navigate(href("/drift"));
    return true;
  });
  return (
    <>
      <p class="crumb">
        <a href={href("/drift")}>
          <Icon name="back" /> Drift
        </a>
        <span class="dim mono">{props.id}</span>
      </p>
      <Answer of={drift}>
        {(data) => (
          <>
            <header class="heading">
              <div>
                <p class="row-of">
                  <SeverityMark of={data().drift.severity} />
                  <span class={`tag ${data().drift.state === "missing" ? "bad" : data().drift.state === "unmanaged" ? "low" : "warn"}`}>{data().drift.state}</span>
                  <Show when={data().drift.delivered}>
                    <span class="tag">delivered since</span>
                  </Show>
                </p>
                <h1>
                  <span class="dim">{kindWord(data().drift.object.kind)}</span>{" "}
                  {data().drift.object.namespace === "" ? data().drift.object.name : `${data().drift.object.namespace}/${data().drift.object.name}`}
                </h1>
                <Show when={data().drift.means}>{(means) => <p class="says">{means()}</p>}</Show>
              </div>
            </header>
            <div class="columns">
              <div class="lead">
                <Fields of={data()} />
                <WayBackSection of={data().way_back} />
                <Effects of={data()} />
                <Story of={data()} />
              </div>
              <aside class="side" aria-label="Facts">
                <Facts of={data().drift} />
              </aside>
            </div>
            <Manifests of={data()} />
          </>
        )}
      </Answer>
    </>
  );
}

function Facts(props: { of: DriftRow }): JSX.Element {
  return (
    <dl class="facts">
      <dt>Object</dt>
      <dd>
        <Show when={props.of.state !== "missing"} fallback={<span>{objectName(props.of.object)}</span>}>
          <ObjectLink of={props.of.object} query={{ tab: "history" }} />
        </Show>
      </dd>
      <dt>Since</dt>
      <dd>
        <When at={props.of.since} exact />
      </dd>
      <dt>Desired by</dt>
      <dd class="mono">{props.of.source ?? <span class="dim">nobody</span>}</dd>
      <Show when={props.of.application}>
        {(application) => (
          <>
            <dt>Deployed by</dt>
            <dd>
              {application().tool} {application().kind} {application().name}
              <Show when={application().written_at}>{(place) => <div class="mono small dim">{place()}</div>}</Show>
            </dd>
          </>
        )}
      </Show>
      <dt>Incident</dt>
      <dd>
        <Show when={props.of.incident} fallback={<span class="dim">none: it breaks nothing grave</span>}>
          {(id) => (
            <a class="mono idlink" href={href(path("incidents", id()))}>
              {id()}
            </a>
          )}
        </Show>
      </dd>
    </dl>
  );
}

function Fields(props: { of: DriftDetail }): JSX.Element {
  return (
    <section class="section">
      <h2>Live against desired</h2>
      <table class="fieldtable driftfields">
        <caption class="hidden-but-read">Fields of {objectName(props.of.drift.object)} that differ</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Desired</th>
            <th scope="col">Live</th>
            <th scope="col">By whom</th>
          </tr>
        </thead>
        <tbody>
          <For each={props.of.drift.fields}>
            {(field) => (
              <tr>
                <td>
                  <span class="mono">{field.path === "" ? "the whole object" : field.path}</span>
                  <div class="dim small">{wordOf(field.class)}</div>
                  <Show when={field.note}>{(note) => <div class="small">{note()}</div>}</Show>
                </td>
                <td class="mono cutaway">
                  <span class="only-narrow dim">desired </span>
                  {field.desired ?? <span class="dim">{field.path === "" && field.class === "missing" ? "there" : "nothing"}</span>}
                </td>
                <td class="mono add">
                  <span class="only-narrow dim">live </span>
                  {field.live ?? <span class="dim">{field.path === "" && field.class === "unmanaged" ? "there" : "nothing"}</span>}
                </td>
                <td>
                  <Author of={field} />
                  <Show when={field.author !== field.actor}>
                    <div class="small soft">{field.author}</div>
                  </Show>
                  <div class="small dim">
                    <When at={field.time} exact />
                    <Show when={field.address}>{(address) => <> from {address()}</>}</Show>
                    <Show when={field.event}>
                      {(event) => (
                        <>
                          {" "}
                          <a href={href(path("events", event()))}>the call</a>
                        </>
                      )}
                    </Show>
                  </div>
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </section>
  );
}

function WayBackSection(props: { of: WayBack }): JSX.Element {
  return (
    <section class="section">
      <h2>The way back</h2>
      <p class={props.of.safe ? "measure" : "callout bad measure"}>{props.of.says}</p>
      <Show when={props.of.breaks.length > 0}>
        <p class="small soft">Afterwards these would fail:</p>
        <ul class="dots small">
          <For each={props.of.breaks.slice(0, 5)}>
            {(effect) => (
              <li>
                <a href={href(path("checks", effect.check))}>{effect.check}</a> {effect.message}
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={props.of.command}>
        {(command) => (
          <>
            <h3>With kubectl</h3>
            <p class="small dim">Tried on the server only. Take out --dry-run=server to do it.</p>
            <Code text={command()} label="The command that puts it back" />
          </>
        )}
      </Show>
      <Show when={props.of.delivery}>
        {(command) => (
          <>
            <h3>With the delivery tool</h3>
            <Code text={command()} label="The command of the delivery tool" />
          </>
        )}
      </Show>
      <Show when={props.of.keep}>
        <p class="soft">{props.of.keep}</p>
      </Show>
    </section>
  );
}

function Effects(props: { of: DriftDetail }): JSX.Element {
  const none = () => props.of.breaks.length + props.of.opened.length + props.of.closed.length === 0;
  return (
    <section class="section">
      <h2>What it means</h2>
      <Show when={!none()} fallback={<p class="note">No check fails because of it, and no connection opens or closes.</p>}>
        <ul class="effects">
          <For each={props.of.breaks}>
            {(effect) => (
              <li class="row-of">
                <SeverityMark of={effect.severity} bare />
                <a href={href(path("checks", effect.check))}>{effect.check}</a>
                <span>
                  {effect.message}
                  <Show when={effect.object}>{(object) => <span class="dim"> at {object()}</span>}</Show>
                </span>
              </li>
            )}
          </For>
        </ul>
        <Connections title="Connections that are open only because of it" of={props.of.opened} />
        <Connections title="Connections that it closes" of={props.of.closed} />
      </Show>
    </section>
  );
}

function Connections(props: { title: string; of: string[] }): JSX.Element {
  return (
    <Show when={props.of.length > 0}>
      <details open={props.of.length <= 6}>
        <summary>
          {props.title} ({count(props.of.length)})
        </summary>
        <ul class="mono small">
          <For each={props.of.slice(0, 100)}>{(line) => <li>{line}</li>}</For>
        </ul>
      </details>
    </Show>
  );
}

function Story(props: { of: DriftDetail }): JSX.Element {
  return (
    <section class="section">
      <h2>How it came to be so</h2>
      <ol class="timeline brief">
        <For each={props.of.story}>
          {(step) => (
            <li>
              <span class="at">
                <Show when={step.time}>
                  <When at={step.time} />
                </Show>
              </span>
              <div>
                <p>
                  {step.text}
                  <Show when={step.event}>
                    {(event) => (
                      <>
                        {" "}
                        <a class="small dim" href={href(path("events", event()))}>
                          the call
                        </a>
                      </>
                    )}
                  </Show>
                </p>
              </div>
            </li>
          )}
        </For>
      </ol>
    </section>
  );
}

function Manifests(props: { of: DriftDetail }): JSX.Element {
  return (
    <section class="section">
      <h2>The manifests</h2>
      <Show when={props.of.desired}>
        {(text) => (
          <details>
            <summary>As desired</summary>
            <Code text={text()} label="The object as it is desired" />
          </details>
        )}
      </Show>
      <Show when={props.of.live}>
        {(text) => (
          <details>
            <summary>As it is</summary>
            <Code text={text()} label="The object as it is" />
          </details>
        )}
      </Show>
    </section>
  );
}

const KINDS = ["exposure-widened", "exposure-narrowed", "new-registry", "new-repository", "new-deployer", "outside-delivery", "access", "unhealthy", "healthy", "object"];

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
