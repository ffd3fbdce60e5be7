// Ways of an attacker: the worst ones, what to mend first, and what would be without a step or with a fix.
import type { JSX } from "solid-js";
import { createEffect, createMemo, createSignal, For, on, onCleanup, Show } from "solid-js";
import { Failure, post, url } from "../api/client";
import type { Path, PathEdge, PathFix, Paths } from "../api/names";
import { atTime, useTimed } from "../api/query";
import { useKeys } from "../lib/keys";
import { escapeItem, list, param, setParams } from "../lib/router";
import { count, plural } from "../lib/time";
import { Choice, wordOf } from "../parts/filters";
import { PathPicture } from "../parts/path-picture";
import { PathSteps } from "../parts/path-steps";
import { SaveButtons } from "../parts/save-buttons";
import { Answer, Empty } from "../parts/states";
import { Bar, inline, ObjectLink } from "../parts/words";

const JEWELS: Record<string, string> = {
  cluster: "The whole cluster",
  node: "A node",
  cloud: "The cloud account",
  secret: "A secret",
  workload: "Another workload",
  namespace: "A namespace",
};

export default function PathsScreen(): JSX.Element {
  const filters = () => ({ from: param("from"), to: param("to"), namespace: param("namespace") });
  const asItIs = useTimed<Paths>(() => "/paths", () => ({ ...filters(), ways: 20, fixes: 8 }));
  const edges = createMemo(() => list("gone"));
  const fixes = createMemo(() => list("fix"));
  const trying = () => edges().length + fixes().length > 0;
  const [trial, setTrial] = createSignal<Paths>();
  const [failure, setFailure] = createSignal<Failure>();
  const [computing, setComputing] = createSignal(false);
  createEffect(() => {
    const ask = { edges: edges(), fixes: fixes(), from: filters().from || undefined, to: filters().to || undefined };
    const address = url("/paths/what-if", { ...atTime(), namespace: filters().namespace, ways: 20, fixes: 8 });
    // What is tried is asked anew when the cluster has changed.
    asItIs.data();
    setFailure(undefined);
    setComputing(trying());
    if (!trying()) {
      setTrial(undefined);
      return;
    }
    let isOver = false;
    onCleanup(() => (isOver = true));
    post<Paths>(address, ask)
      .then((paths) => {
        if (!isOver) setTrial(() => paths);
      })
      .catch((error: unknown) => {
        if (!isOver) setFailure(error instanceof Failure ? error : new Failure("server", "The what-if failed", String(error)));
      })
      .finally(() => {
        if (!isOver) setComputing(false);
      });
  });
  // The answer before stays while the next one is computed.
  const shown = () => (trying() ? (trial() ?? asItIs.data()) : asItIs.data());
  const toggle = (name: "gone" | "fix", ids: string[], on: boolean) => {
    const now = list(name);
    const next = on ? [...now, ...ids.filter((id) => !now.includes(id))] : now.filter((id) => !ids.includes(id));
    setParams({ [name]: next.map(escapeItem).join(",") }, true);
  };
  const removed = createMemo(() => new Set(edges()));
  return (
    <>
      <header class="heading">
        <h1>Paths</h1>
        <p class="says">Ways an attacker would take, worst first, and the change that ends most of them.</p>
      </header>
      <Answer of={asItIs}>
        {(data) => (
          <>
            <Risk now={shown() ?? data()} before={trying() ? data() : undefined} />
            <Show when={trying()}>
              <div class="callout info tryout" role="status">
                <p>
                  <strong>A trial.</strong> Nothing is applied: {plural(edges().length, "step")} and {plural(fixes().length, "fix", "fixes")} taken away, all ways computed anew
                  {computing() ? "…" : "."}
                </p>
                <button class="button tiny" type="button" onClick={() => setParams({ gone: "", fix: "" }, true)}>
                  End the trial
                </button>
              </div>
              <Show when={failure()}>
                {(why) => (
                  <p class="callout bad" role="alert">
                    {why().title}. {why().detail} {why().remedy}
                  </p>
                )}
              </Show>
            </Show>
            <div class="columns even">
              <section class="lead">
                <Ways paths={shown() ?? data()} base={data()} removed={removed()} toggle={(edge, on) => toggle("gone", [edge.id], on)} />
              </section>
              <aside class="side wide" aria-label="Fix first">
                <FixFirst paths={data()} chosen={new Set(fixes())} toggle={(fix, on) => toggle("fix", fix.ids, on)} />
              </aside>
            </div>
          </>
        )}
      </Answer>
    </>
  );
}

function Risk(props: { now: Paths; before?: Paths }): JSX.Element {
  const change = (after: number, before: number | undefined) =>
    before === undefined || before === after ? null : <small class={after < before ? "good-word" : "bad-word"}> from {count(before)}</small>;
  return (
    <div class="riskline">
      <dl class="figures">
        <div>
          <dt>Risk of 100</dt>
          <dd data-risk>
            {props.now.risk.score}
            {change(props.now.risk.score, props.before?.risk.score)}
          </dd>
        </div>
        <div>
          <dt>Ways</dt>
          <dd data-ways>
            {count(props.now.risk.ways)}
            {change(props.now.risk.ways, props.before?.risk.ways)}
          </dd>
        </div>
      </dl>
      <table class="reach">
        <caption class="hidden-but-read">What is in reach</caption>
        <tbody>
          <For each={props.now.risk.jewels}>
            {(jewel) => {
              const reach = () => props.now.in_reach.find((one) => one.jewel === jewel.jewel);
              const before = () => props.before?.risk.jewels.find((one) => one.jewel === jewel.jewel);
              return (
                <tr>
                  <th scope="row">{JEWELS[jewel.jewel] ?? wordOf(jewel.jewel)}</th>
                  <td class="bits">
                    <Bar part={jewel.chance} of={1} label={`${Math.round(jewel.chance * 100)} percent`} />
                  </td>
                  <td class="num end">{(jewel.chance * 100).toFixed(jewel.chance < 0.1 ? 1 : 0)} %</td>
                  <td class="num dim small">
                    <Show when={before() && before()?.chance !== jewel.chance}>from {((before()?.chance ?? 0) * 100).toFixed(0)} % </Show>
                    <Show when={reach()}>
                      {(one) => (
                        <>
                          {count(one().reached)} of {count(one().of)}
                        </>
                      )}
                    </Show>
                  </td>
                </tr>
              );
            }}
          </For>
        </tbody>
      </table>
    </div>
  );
}

function Ways(props: { paths: Paths; base: Paths; removed: Set<string>; toggle: (edge: PathEdge, on: boolean) => void }): JSX.Element {
  const jewels = createMemo(() => [...new Set(props.paths.paths.map((path) => path.jewel ?? ""))].filter(Boolean));
  const ways = createMemo(() => props.paths.paths.filter((path) => param("jewel") === "" || path.jewel === param("jewel")));
  const chosen = createMemo<Path | undefined>(() => ways().find((way) => way.id === param("way")) ?? ways()[0]);
  const [step, setStep] = createSignal<string>();
  createEffect(on(() => chosen()?.id, () => setStep(undefined)));
  const move = (by: number) => {
    const all = ways();
    const now = all.findIndex((way) => way.id === chosen()?.id);
    const next = all[Math.max(0, Math.min(all.length - 1, now + by))];
    if (next) setParams({ way: next.id });
    return next !== undefined;
  };
  useKeys((event) => {
    if (event.key === "j" || event.key === "ArrowDown") return move(1);
    if (event.key === "k" || event.key === "ArrowUp") return move(-1);
    return false;
  });
  return (
    <Show
      when={props.paths.paths.length > 0}
      fallback={
        <Empty title="No way leads to anything worth having">From the internet and from any single workload, as far as the objects that are seen tell. The coverage says which are not.</Empty>
      }
    >
      <div class="tools">
        <h2>Worst ways</h2>
        <span class="space" />
        <Show when={jewels().length > 1}>
          <Choice name="jewel" label="What they reach" all="To anything" values={jewels().map((value) => ({ value, title: JEWELS[value] ?? value }))} />
        </Show>
        <SaveButtons
          name="paths"
          header={["Chance", "Way", "Reaches", "Steps", "Alike", "Any one of these ends it"]}
          rows={() => ways().map((way) => [way.chance, way.title, way.jewel, way.edges.map((edge) => edge.says).join("; "), way.alike, way.closed_by.map((fix) => fix.text).join("; ")])}
          json={() => props.paths}
        />
      </div>
      <ol class="ways">
        <For each={ways()}>
          {(way) => (
            <li classList={{ chosen: chosen()?.id === way.id }}>
              <button class="wayhead" type="button" aria-expanded={chosen()?.id === way.id} onClick={() => setParams({ way: way.id })}>
                <span class="num strong chance">{(way.chance * 100).toFixed(way.chance < 0.1 ? 1 : 0)} %</span>
                <span class="says">{way.title}</span>
                <span class="dim small">
                  {plural(way.edges.length, "step")}
                  {way.alike > 0 ? ` · ${count(way.alike)} alike` : ""}
                </span>
              </button>
              <Show when={chosen()?.id === way.id}>
                <div class="waybody">
                  <PathPicture of={way} name="way" chosen={step()} removed={props.removed} onStep={(edge) => setStep(step() === edge.id ? undefined : edge.id)}>
                    <PathSteps
                      of={way}
                      chosen={step()}
                      choose={setStep}
                      removed={props.removed}
                      toggle={(edge) => props.toggle(edge, !props.removed.has(edge.id))}
                    />
                  </PathPicture>
                  <Show when={way.closed_by.length > 0}>
                    <p class="small">
                      <span class="strong">Any one of these ends it</span>
                    </p>
                    <ul class="dots small">
                      <For each={way.closed_by}>{(fix) => <li>{inline(fix.text)}</li>}</For>
                    </ul>
                  </Show>
                </div>
              </Show>
            </li>
          )}
        </For>
      </ol>
    </Show>
  );
}

function FixFirst(props: { paths: Paths; chosen: Set<string>; toggle: (fix: PathFix, on: boolean) => void }): JSX.Element {
  const on = (fix: PathFix) => fix.ids.every((id) => props.chosen.has(id));
  return (
    <>
      <h2>Fix first</h2>
      <p class="small soft">Each effect is the answer computed without it, not an estimate. Try several together.</p>
      <ol class="fixes">
        <For each={props.paths.fix_first} fallback={<li class="note">No single change helps.</li>}>
          {(fix, index) => (
            <li classList={{ chosen: on(fix) }}>
              <span class="num rank">{index() + 1}</span>
              <div>
                <p class="strong">
                  <Show when={fix.object} fallback={fix.changes[0]?.text}>
                    {(object) => <ObjectLink of={object()} />}
                  </Show>
                </p>
                <ul class="small soft">
                  <For each={fix.changes.slice(0, 4)}>
                    {(change) => (
                      <li>
                        {inline(change.text)} <span class="dim">({change.effort} effort)</span>
                      </li>
                    )}
                  </For>
                  <Show when={fix.changes.length > 4}>
                    <li class="dim">and {fix.changes.length - 4} more changes</li>
                  </Show>
                </ul>
                <p class="effect num small">
                  <span>
                    ways {count(fix.ways_before)} → <b>{count(fix.ways_after)}</b>
                  </span>
                  <span>
                    risk {fix.score_before} → <b>{fix.score_after}</b>
                  </span>
                </p>
                <Show when={fix.saved.length > 0}>
                  <p class="small good-word">Out of reach afterwards: {fix.saved.map(wordOf).join(", ")}</p>
                </Show>
                <button class="button tiny no-print" type="button" aria-pressed={on(fix)} onClick={() => props.toggle(fix, !on(fix))}>
                  {on(fix) ? "Take it out of the trial" : "Try it"}
                </button>
              </div>
            </li>
          )}
        </For>
      </ol>
      <Show when={props.paths.required.length > 0}>
        <h3>Every way passes</h3>
        <ul class="dots">
          <For each={props.paths.required}>{(node) => <li>{node.name}</li>}</For>
        </ul>
      </Show>
    </>
  );
}
