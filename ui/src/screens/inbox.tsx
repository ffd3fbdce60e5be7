// The inbox: ranked incidents, live. On a wide screen the chosen one is told beside the list.
import type { JSX } from "solid-js";
import { createMemo, createSignal, onCleanup, onMount, Show } from "solid-js";
import type { ActionKind, Inbox, IncidentRow } from "../api/names";
import { usePages } from "../api/query";
import { href, navigate, param, path, setParams } from "../lib/router";
import { count, plural } from "../lib/time";
import { ActDialog, actNow } from "../parts/act";
import { Chips, Choice, TextFilter, wordOf } from "../parts/filters";
import { rank, SEVERITIES, SeverityMark } from "../parts/severity";
import { Answer, Empty } from "../parts/states";
import { type Column, Table } from "../parts/table";
import { kindWord, objectName, personName, When } from "../parts/words";
import { IncidentBrief } from "./incident";

const STATES = ["open", "acknowledged", "resolved", "accepted", "false-positive"];
/** From this width on there is room for the chosen incident beside the list. */
const SPLIT = "(min-width: 1560px)";

export function stateTag(row: IncidentRow): JSX.Element {
  const look = () => (row.state === "open" ? (row.reopened ? "bad" : "low") : row.state === "resolved" ? "good" : "");
  return <span class={`tag ${look()}`}>{row.reopened && row.state === "open" ? "came back" : wordOf(row.state)}</span>;
}

export function InboxScreen(): JSX.Element {
  const inbox = usePages<Inbox>(
    () => "/incidents",
    () => ({
      state: param("state"),
      severity: param("severity"),
      owner: param("owner"),
      namespace: param("namespace"),
      source: param("source"),
      text: param("text"),
      held_back: param("held") === "1",
    }),
    ["incident"],
  );
  const [acting, setActing] = createSignal<{ kind: ActionKind; row: IncidentRow }>();
  const media = window.matchMedia(SPLIT);
  const [wide, setWide] = createSignal(media.matches);
  onMount(() => {
    const change = () => setWide(media.matches);
    media.addEventListener("change", change);
    onCleanup(() => media.removeEventListener("change", change));
  });
  const chosen = createMemo(() => {
    const id = param("look");
    return inbox.items().find((row) => row.id === id) ?? (wide() ? inbox.items()[0] : undefined);
  });
  const open = (row: IncidentRow) => navigate(href(path("incidents", row.id)));
  const keys = (key: string, row: IncidentRow): boolean => {
    if (param("at") !== "") return false;
    if (key === "e") void actNow(row, { action: "acknowledge" });
    else if (key === "a") setActing({ kind: "accept", row });
    else if (key === "c") setActing({ kind: "comment", row });
    else return false;
    return true;
  };
  /** What was done, without who did it: that stands in the column before. */
  const deed = (row: IncidentRow) => {
    const who = `${personName(about(row))} `;
    return row.title.startsWith(who) ? row.title.slice(who.length) : row.title;
  };
  const about = (row: IncidentRow) => row.actor?.name ?? (row.subjects[0] ? objectName(row.subjects[0].object) : "");
  const columns: Column<IncidentRow>[] = [
    {
      key: "severity",
      title: "Severity",
      width: "6.9rem",
      from: 2,
      largestFirst: true,
      value: (row) => rank(row.severity),
      cell: (row) => <SeverityMark of={row.severity} />,
    },
    {
      key: "about",
      title: "Who or what",
      width: "19%",
      from: 3,
      value: about,
      cell: (row) => (
        <div class="twoline">
          <span class="cut" title={row.actor?.name}>
            {row.actor ? personName(row.actor.name) : row.subjects[0] ? objectName(row.subjects[0].object) : "–"}
          </span>
          <span class="cut dim">{row.actor ? row.actor.kind : kindWord(row.subjects[0]?.object.kind ?? "")}</span>
        </div>
      ),
    },
    {
      key: "title",
      title: "Incident",
      value: (row) => row.title,
      cell: (row) => (
        <div class="twoline">
          <a class="cut strong" href={href(path("incidents", row.id))} title={row.title}>
            <span class="only-narrow">
              <SeverityMark of={row.severity} bare />{" "}
            </span>
            <span class="who-inline">{row.title}</span>
            <span class="who-apart">{deed(row)}</span>
          </a>
          <span class="cut soft" title={row.why_now}>
            {row.why_now}
          </span>
        </div>
      ),
    },
    {
      key: "owner",
      title: "Owner",
      width: "7.9rem",
      from: 4,
      value: (row) => row.owner ?? "",
      cell: (row) => <span class="cut soft">{row.owner ?? "–"}</span>,
    },
    { key: "state", title: "State", width: "7.4rem", from: 2, value: (row) => row.state, cell: stateTag },
    {
      key: "last",
      title: "Last seen",
      width: "7.6rem",
      from: 2,
      largestFirst: true,
      value: (row) => row.last,
      cell: (row) => (
        <div class="twoline">
          <When at={row.last} />
          <span class="dim num">{plural(row.evidence, "piece")}</span>
        </div>
      ),
    },
    {
      key: "score",
      title: "Score",
      width: "4.9rem",
      end: true,
      largestFirst: true,
      value: (row) => row.score,
      cell: (row) => <span class="strong num">{row.score.toFixed(row.score < 10 ? 1 : 0)}</span>,
    },
  ];
  const facet = (name: string) => inbox.data()?.facets[name] ?? [];
  const budget = () => inbox.data()?.budget;
  const filtered = () => ["state", "severity", "owner", "namespace", "source", "text"].some((name) => param(name) !== "");
  const clear = () => setParams({ state: "", severity: "", owner: "", namespace: "", source: "", text: "" });
  return (
    <>
      <header class="heading">
        <h1>Inbox</h1>
        <p class="says">
          <Show when={inbox.data()}>
            {(data) => (
              <>
                {plural(data().total, "incident")}
                <Show when={!param("state")}> to look at</Show>, worst first.
              </>
            )}
          </Show>
        </p>
        <Show when={budget() && (budget()?.held_back ?? 0) > 0}>
          <p class="says small">
            The noise budget{budget()?.per_day ? ` of ${budget()?.per_day} a day` : ""} holds back {count(budget()?.held_back ?? 0)}.{" "}
            <a href={href("/", { held: param("held") === "1" ? "" : "1" })}>{param("held") === "1" ? "Hide them" : "Show them"}</a>
          </p>
        </Show>
      </header>
      <Answer of={inbox}>
        {() => (
          <div class="split" classList={{ on: wide() && chosen() !== undefined }}>
            <div class="listing">
              <Table
 tools={<><TextFilter name="text" label="Filter incidents" placeholder="Filter by word" />
        <Chips name="severity" label="Severity" values={facet("severity")} marks order={SEVERITIES} />
        <Chips name="source" label="Evidence" values={facet("source")} />
        <Choice
          name="state"
          label="State"
          all="Still open"
          values={[...STATES.map((value) => ({ value, count: facet("state").find((one) => one.value === value)?.count })), { value: "all", title: "All states" }]}
        />
        <Show when={facet("namespace").length > 1 || param("namespace")}>
          <Choice name="namespace" label="Namespace" all="All namespaces" values={facet("namespace")} />
        </Show>
        <Show when={facet("owner").length > 1 || param("owner")}>
          <Choice name="owner" label="Owner" all="All owners" values={facet("owner")} />
        </Show></>}

                name="incidents"
                caption="Incidents, worst first"
                rows={inbox.items()}
                total={inbox.total()}
                columns={columns}
                id={(row) => row.id}
                open={open}
                selected={chosen()?.id}
                onSelect={(row) => setParams({ look: row.id })}
                openOnClick={!wide()}
                keys={keys}
                keyed
                plain
                fixed
                rowHeight={55}
                empty={
                  <Show
                    when={filtered()}
                    fallback={
                      <Empty title="Nothing to look at" action={<a class="button" href={href("/coverage")}>See what is covered</a>}>
                        No incident is open. That means something only for what is seen: the coverage says what is not.
                      </Empty>
                    }
                  >
                    <Empty
                      title="Nothing passes these filters"
                      action={
                        <button class="button" type="button" onClick={clear}>
                          Clear the filters
                        </button>
                      }
                    />
                  </Show>
                }
              />
              <Show when={inbox.hasMore()}>
                <p class="more-of">
                  <button class="button" type="button" onClick={inbox.more}>
                    Load more
                  </button>
                </p>
              </Show>
            </div>
            <Show when={wide() && chosen()}>
              {(row) => (
                <aside class="preview" aria-label="The chosen incident">
                  <IncidentBrief id={row().id} />
                </aside>
              )}
            </Show>
          </div>
        )}
      </Answer>
      <Show when={acting()}>
        {(what) => <ActDialog kind={what().kind} row={what().row} close={() => setActing(undefined)} done={inbox.again} />}
      </Show>
    </>
  );
}
