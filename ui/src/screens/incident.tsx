// One incident: what, why now, who, the evidence in the order of time, the way on from here, the fix with its proof.
import type { JSX } from "solid-js";
import { createSignal, For, Show } from "solid-js";
import type { ActionKind, CallSession, Evidence, Fix, Incident, PathEdge, PathFix, Receipt } from "../api/names";
import { type Query, useTimed } from "../api/query";
import { useKeys } from "../lib/keys";
import { href, navigate, param, path } from "../lib/router";
import { saveText } from "../lib/save";
import { onlyDay, plural, span } from "../lib/time";
import { ActDialog, actNow } from "../parts/act";
import { wordOf } from "../parts/filters";
import { Icon } from "../parts/icons";
import { PathPicture } from "../parts/path-picture";
import { PathSteps } from "../parts/path-steps";
import { SeverityMark } from "../parts/severity";
import { Answer } from "../parts/states";
import { ActorLink, Code, inline, ObjectLink, userOf, When } from "../parts/words";
import { stateTag } from "./inbox";

function useIncident(id: () => string): Query<Incident> {
  return useTimed<Incident>(
    () => path("incidents", id()),
    () => ({}),
    ["incident"],
  );
}

export function IncidentScreen(props: { id: string }): JSX.Element {
  const incident = useIncident(() => props.id);
  const [acting, setActing] = createSignal<ActionKind>();
  useKeys((event) => {
    const row = incident.data()?.row;
    if (event.key === "u") navigate(href("/", { look: props.id }));
    else if (!row || param("at") !== "") return false;
    else if (event.key === "e") void actNow(row, { action: "acknowledge" }).then(incident.again);
    else if (event.key === "a") setActing("accept");
    else if (event.key === "c") setActing("comment");
    else return false;
    return true;
  });
  return (
    <Answer of={incident}>
      {(data) => (
        <>
          <p class="crumb">
            <a href={href("/", { look: props.id })}>
              <Icon name="back" /> Inbox
            </a>
            <span class="row-of">
              <button class="button plain tiny no-print" type="button" title="Save all that is known of it as JSON" onClick={() => saveText(`${data().row.id}.json`, "application/json", JSON.stringify(data(), null, 2) + "\n")}>
                JSON
              </button>
              <span class="dim mono">{data().row.id}</span>
            </span>
          </p>
          <header class="heading incident-head">
            <div>
              <p class="row-of">
                <SeverityMark of={data().row.severity} />
                {stateTag(data().row)}
                <span class="dim small num">score {data().row.score.toFixed(1)}</span>
                <For each={data().row.tactics}>{(tactic) => <span class="tag">{wordOf(tactic)}</span>}</For>
              </p>
              <h1>{data().row.title}</h1>
            </div>
            <Acts incident={data()} act={setActing} />
          </header>
          <div class="columns">
            <div class="lead">
              <Why incident={data()} />
              <EvidenceSection incident={data()} />
              <WayOn incident={data()} />
              <FixSection incident={data()} />
            </div>
            <aside class="side" aria-label="Facts">
              <Facts incident={data()} />
              <ScoreLines incident={data()} />
              <Talk incident={data()} comment={() => setActing("comment")} />
            </aside>
          </div>
          <Show when={acting()}>
            {(kind) => <ActDialog kind={kind()} row={data().row} close={() => setActing(undefined)} done={incident.again} />}
          </Show>
        </>
      )}
    </Answer>
  );
}

/** The incident beside the inbox: enough to decide. */
export function IncidentBrief(props: { id: string }): JSX.Element {
  const incident = useIncident(() => props.id);
  const [acting, setActing] = createSignal<ActionKind>();
  return (
    <Answer of={incident}>
      {(data) => (
        <>
          <p class="row-of">
            <SeverityMark of={data().row.severity} />
            {stateTag(data().row)}
            <span class="dim mono small">{data().row.id}</span>
            <a class="button tiny open" href={href(path("incidents", data().row.id))}>
              Open
            </a>
          </p>
          <h2>{data().row.title}</h2>
          <Acts incident={data()} act={setActing} />
          <Why incident={data()} />
          <section class="section">
            <h2>Evidence</h2>
            <ol class="timeline brief">
              <For each={data().evidence.slice(0, 8)}>
                {(piece) => (
                  <li class={`sev-${piece.severity}`}>
                    <span class="at">
                      <When at={piece.first} />
                    </span>
                    <div>
                      <p class="strong">{piece.title}</p>
                      <p class="soft clamp">{piece.text}</p>
                    </div>
                  </li>
                )}
              </For>
            </ol>
            <Show when={data().evidence.length > 8}>
              <p class="dim small">and {data().evidence.length - 8} more</p>
            </Show>
          </section>
          <Show when={data().fixes[0] ?? data().advice[0]}>
            <section class="section">
              <h2>First do this</h2>
              <Show when={data().fixes[0]} fallback={<p>{inline(data().advice[0] ?? "")}</p>}>
                {(fix) => (
                  <>
                    <p>{inline(fix().text)}</p>
                    <Show when={fix().proof}>{(proof) => <p class="soft">{proof()}</p>}</Show>
                  </>
                )}
              </Show>
            </section>
          </Show>
          <Show when={acting()}>
            {(kind) => <ActDialog kind={kind()} row={data().row} close={() => setActing(undefined)} done={incident.again} />}
          </Show>
        </>
      )}
    </Answer>
  );
}

function Acts(props: { incident: Incident; act: (kind: ActionKind) => void }): JSX.Element {
  const state = () => props.incident.row.state;
  const over = () => state() === "resolved" || state() === "accepted" || state() === "false-positive";
  return (
    <Show when={param("at") === ""} fallback={<p class="dim small">Go back to now to act on it.</p>}>
      <div class="acts row-of">
        <Show when={state() === "open"}>
          <button class="button main" type="button" onClick={() => props.act("acknowledge")} title="e">
            Acknowledge
          </button>
        </Show>
        <Show when={!over()} fallback={
          <button class="button" type="button" onClick={() => props.act("reopen")}>
            Reopen
          </button>
        }>
          <button class="button" classList={{ main: state() === "acknowledged" }} type="button" onClick={() => props.act("resolve")}>
            Resolve
          </button>
          <Show when={props.incident.row.to_validate}>
            <button class="button" type="button" onClick={() => props.act("validate")}>
              It is meant…
            </button>
          </Show>
          <button class="button" type="button" onClick={() => props.act("accept")} title="a">
            Accept…
          </button>
          <button class="button" type="button" onClick={() => props.act("false-positive")}>
            False alarm…
          </button>
        </Show>
      </div>
    </Show>
  );
}

function Why(props: { incident: Incident }): JSX.Element {
  return (
    <div class="why">
      <p class="summary">{inline(props.incident.summary)}</p>
      <p class="whynow">
        <strong>Why now</strong> {inline(props.incident.row.why_now)}
      </p>
    </div>
  );
}

function Facts(props: { incident: Incident }): JSX.Element {
  const row = () => props.incident.row;
  return (
    <dl class="facts">
      <Show when={row().actor}>
        {(actor) => (
          <>
            <dt>Who</dt>
            <dd>
              <ActorLink name={actor().name} id={actor().id} />
              <div class="dim small">{actor().kind}</div>
            </dd>
          </>
        )}
      </Show>
      <dt>What</dt>
      <dd>
        <For each={row().subjects.slice(0, 6)}>
          {(subject) => (
            <div>
              <ObjectLink of={subject.object} />
              <span class="dim small">
                {" "}
                {subject.role}
                {subject.exists ? "" : ", gone by now"}
              </span>
            </div>
          )}
        </For>
        <Show when={row().subjects.length > 6}>
          <div class="dim">and {row().subjects.length - 6} more</div>
        </Show>
        <Show when={row().subjects.length === 0}>–</Show>
      </dd>
      <dt>Owner</dt>
      <dd>{row().owner ?? <span class="dim">no label says</span>}</dd>
      <dt>From</dt>
      <dd>
        <When at={row().first} exact />
      </dd>
      <dt>To</dt>
      <dd>
        <When at={row().last} exact /> <span class="dim">({span(Date.parse(row().last) - Date.parse(row().first))})</span>
      </dd>
      <Show when={props.incident.sessions.length > 0}>
        <dt>Sessions</dt>
        <dd>
          <For each={props.incident.sessions as unknown as CallSession[]}>
            {(session) => (
              <div class="session">
                <a class="mono" href={href("/events", { address: session.source, from: session.first, to: session.last })}>
                  {session.source}
                </a>
                <div class="dim small cut" title={session.agent}>
                  {session.agent} · {plural(session.events, "event")}
                </div>
              </div>
            )}
          </For>
        </dd>
      </Show>
      <Show when={row().actor}>
        {(actor) => (
          <>
            <dt>Events</dt>
            <dd>
              <a href={href("/events", { actor: userOf(actor().id), from: row().first, to: row().last })}>All calls in that time</a>
            </dd>
          </>
        )}
      </Show>
    </dl>
  );
}

function ScoreLines(props: { incident: Incident }): JSX.Element {
  const most = () => Math.max(1, ...props.incident.score.map((line) => Math.abs(line.points)));
  return (
    <Show when={props.incident.score.length > 0}>
      <section class="section">
        <h2>What the score is made of</h2>
        <ul class="sums">
          <For each={props.incident.score}>
            {(line) => (
              <li>
                <span class="num points">
                  {line.points >= 0 ? "+" : "−"}
                  {Math.abs(line.points).toFixed(1)}
                </span>
                <span>
                  {line.reason}
                  <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                    <rect width={(100 * Math.abs(line.points)) / most()} height="6" />
                  </svg>
                </span>
              </li>
            )}
          </For>
        </ul>
      </section>
    </Show>
  );
}

function EvidenceSection(props: { incident: Incident }): JSX.Element {
  const days = () => new Set(props.incident.evidence.map((piece) => piece.first.slice(0, 10))).size > 1;
  return (
    <section class="section">
      <h2>Evidence</h2>
      <ol class="timeline clocked">
        <For each={props.incident.evidence}>
          {(piece, index) => {
            const newDay = () => days() && (index() === 0 || onlyDay(props.incident.evidence[index() - 1]?.first ?? "") !== onlyDay(piece.first));
            return (
              <>
                <Show when={newDay()}>
                  <li class="day">{onlyDay(piece.first)}</li>
                </Show>
                <li class={`sev-${piece.severity}`}>
                  <span class="at">
                    <When at={piece.first} clock />
                  </span>
                  <EvidencePiece of={piece} />
                </li>
              </>
            );
          }}
        </For>
      </ol>
    </section>
  );
}

function EvidencePiece(props: { of: Evidence }): JSX.Element {
  const rule = () => props.of.source === "audit" || props.of.source === "posture";
  return (
    <div>
      <p>
        <span class="strong">{props.of.title}</span>
        <Show when={props.of.count > 1}>
          {" "}
          <span class="dim num">
            ×{props.of.count} until <When at={props.of.last} clock />
          </span>
        </Show>
      </p>
      <p class="soft">{inline(props.of.text)}</p>
      <p class="small dim row-of">
        <SeverityMark of={props.of.severity} />
        <Show when={rule()} fallback={<span>{wordOf(props.of.source)}</span>}>
          <a href={href(path("checks", props.of.rule))}>{props.of.rule}</a>
        </Show>
        <Show when={props.of.technique}>
          <span>ATT&amp;CK {props.of.technique}</span>
        </Show>
        <Show when={props.of.weighed_by}>
          <span>{props.of.weighed_by}</span>
        </Show>
        <Show when={props.of.targets.length > 0}>
          <span>
            {props.of.targets.slice(0, 4).join(", ")}
            {props.of.targets.length > 4 ? ` and ${props.of.targets.length - 4} more` : ""}
          </span>
        </Show>
      </p>
      <Show when={props.of.fields.length > 0}>
        <dl class="facts fields">
          <For each={props.of.fields.slice(0, 6)}>
            {(field) => (
              <>
                <dt class="mono">{field.field}</dt>
                <dd class="mono">{field.value}</dd>
              </>
            )}
          </For>
        </dl>
      </Show>
      <Show when={props.of.receipt}>{(receipt) => <ReceiptPicture of={receipt()} />}</Show>
      <Show when={props.of.events.length > 0}>
        <details class="events">
          <summary class="small dim">
            {plural(props.of.events.length, "event")}
            {props.of.count > props.of.events.length ? ` of ${props.of.count}` : ""}
          </summary>
          <ul class="small">
            <For each={props.of.events}>
              {(event) => (
                <li>
                  <a class="mono" href={href(path("events", event))}>
                    {event}
                  </a>
                </li>
              )}
            </For>
          </ul>
        </details>
      </Show>
    </div>
  );
}

/** Why an anomaly is one: the past it broke and what adds up to the surprise. */
function ReceiptPicture(props: { of: Receipt }): JSX.Element {
  const most = () => Math.max(0.1, ...props.of.parts.map((part) => part.points));
  return (
    <div class="receipt">
      <p class="small">
        <span class="strong">Against</span> {props.of.past}
      </p>
      <table>
        <caption class="hidden-but-read">What adds up to the surprise</caption>
        <tbody>
          <For each={props.of.parts}>
            {(part) => (
              <tr>
                <th scope="row" class="dim">
                  {wordOf(part.what)}
                </th>
                <td class="mono value">{part.value}</td>
                <td class="bits">
                  <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="rail" width="100" height="6" />
                    <rect width={(100 * part.points) / most()} height="6" />
                  </svg>
                  <span class="num small dim">+{part.points.toFixed(1)}</span>
                </td>
                <td class="soft because">{part.because}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  );
}

function WayOn(props: { incident: Incident }): JSX.Element {
  const [step, setStep] = createSignal<string>();
  return (
    <Show when={props.incident.path}>
      {(way) => (
        <section class="section">
          <h2>Where it leads</h2>
          <p class="says">
            {way().title}.{" "}
            <a href={href("/paths", { from: way().nodes[0]?.id })}>All ways from here</a>
          </p>
          <PathPicture of={way()} name="incident-way" chosen={step()} onStep={(edge: PathEdge) => setStep(step() === edge.id ? undefined : edge.id)}>
            <PathSteps of={way()} chosen={step()} choose={setStep} />
          </PathPicture>
        </section>
      )}
    </Show>
  );
}

function FixSection(props: { incident: Incident }): JSX.Element {
  return (
    <section class="section">
      <h2>What to do</h2>
      <Show when={props.incident.advice.length > 0}>
        <ol class="advice">
          <For each={props.incident.advice}>{(line) => <li>{inline(line)}</li>}</For>
        </ol>
      </Show>
      <For each={props.incident.fixes}>{(fix) => <FixView of={fix} />}</For>
      <Show when={props.incident.advice.length === 0 && props.incident.fixes.length === 0}>
        <p class="note">Nothing is known that mends it. The rule's page says more.</p>
      </Show>
    </section>
  );
}

export function FixView(props: { of: Fix }): JSX.Element {
  return (
    <div class="fix">
      <h3>{inline(props.of.text)}</h3>
      <Show when={props.of.object}>
        {(object) => (
          <p class="small">
            <ObjectLink of={object()} />
          </p>
        )}
      </Show>
      <Show when={props.of.effect}>{(effect) => <Effect of={effect()} />}</Show>
      <Show when={props.of.proof}>
        {(proof) => (
          <p class="proof">
            <Icon name="check" /> {proof()}
          </p>
        )}
      </Show>
      <Show when={props.of.patch}>{(patch) => <Code text={patch()} label="Patch" />}</Show>
      <Show when={props.of.command}>{(command) => <Code text={command()} label="Command" />}</Show>
    </div>
  );
}

/** What a fix would change, computed by the hub. */
export function Effect(props: { of: PathFix }): JSX.Element {
  return (
    <p class="effect num">
      <span>
        ways <b>{props.of.ways_before}</b> → <b>{props.of.ways_after}</b>
      </span>
      <span>
        risk <b>{props.of.score_before}</b> → <b>{props.of.score_after}</b>
      </span>
      <Show when={props.of.saved.length > 0}>
        <span class="good-word">out of reach afterwards: {props.of.saved.map(wordOf).join(", ")}</span>
      </Show>
    </p>
  );
}

function Talk(props: { incident: Incident; comment: () => void }): JSX.Element {
  return (
    <section class="section">
      <h2>History</h2>
      <ol class="talk">
        <For each={props.incident.history}>
          {(line) => (
            <li>
              <span class="dim small">
                <When at={line.time} /> · {line.author}
              </span>
              <p>{line.text}</p>
            </li>
          )}
        </For>
        <For each={props.incident.comments}>
          {(line) => (
            <li class="comment">
              <span class="dim small">
                <When at={line.time} /> · {line.author}
              </span>
              <p class="said">{line.text}</p>
            </li>
          )}
        </For>
      </ol>
      <Show when={param("at") === ""}>
        <button class="button" type="button" onClick={() => props.comment()}>
          Comment
        </button>
      </Show>
    </section>
  );
}
