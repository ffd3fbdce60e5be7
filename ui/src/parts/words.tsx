// Small things that stand in running text: objects, people, times, counts, scores.
import type { JSX } from "solid-js";
import { createSignal, For, Show } from "solid-js";
import type { ObjectRef, Ports, SeverityCounts } from "../api/names";
import { href, path } from "../lib/router";
import { copyText } from "../lib/save";
import { count, exactTime, onlyClock, shortTime } from "../lib/time";
import { now } from "./now";
import { Icon } from "./icons";
import { SEVERITIES, SeverityMark } from "./severity";

const WORKLOADS = ["Deployment.apps", "StatefulSet.apps", "DaemonSet.apps", "ReplicaSet.apps", "Job.batch", "CronJob.batch", "Pod"];

/** "Deployment" of "Deployment.apps". */
export function kindWord(kind: string): string {
  return kind.split(".")[0] ?? kind;
}

export function objectName(object: ObjectRef): string {
  const name = object.namespace === "" ? object.name : `${object.namespace}/${object.name}`;
  return `${kindWord(object.kind)} ${name}`;
}

export function objectPath(object: ObjectRef): string {
  return path("objects", object.kind, object.namespace === "" ? "-" : object.namespace, object.name);
}

export function isWorkload(object: ObjectRef): boolean {
  return WORKLOADS.includes(object.kind);
}

export function ObjectLink(props: { of: ObjectRef; short?: boolean; query?: Record<string, string> }): JSX.Element {
  return (
    <a href={href(objectPath(props.of), props.query)} title={objectName(props.of)}>
      <span class="dim">{kindWord(props.of.kind)} </span>
      {props.short || props.of.namespace === "" ? props.of.name : `${props.of.namespace}/${props.of.name}`}
    </a>
  );
}

/** `system:serviceaccount:shop:cart` as people say it. */
export function personName(name: string): string {
  const account = /^system:serviceaccount:([^:]+):(.+)$/.exec(name);
  return account ? `${account[1]}/${account[2]}` : name;
}

/** The user name of an identity's id. */
export function userOf(id: string): string {
  return id.replace(/^(user|group):/, "");
}

export function ActorLink(props: { name: string; id?: string; kind?: string }): JSX.Element {
  const id = () => props.id ?? `user:${props.name}`;
  return (
    <a href={href(path("identities", id()))} title={props.name}>
      <Show when={props.name.startsWith("system:serviceaccount:")}>
        <span class="dim">SA </span>
      </Show>
      {personName(props.name)}
    </a>
  );
}

export function When(props: { at: string | null | undefined; exact?: boolean; clock?: boolean }): JSX.Element {
  const text = () => {
    const at = props.at ?? "";
    if (props.clock) return onlyClock(at);
    return props.exact ? exactTime(at) : shortTime(at, now());
  };
  return (
    <Show when={props.at} fallback={<span class="dim">–</span>}>
      {(at) => (
        <time class="num" datetime={at()} title={`${at()} UTC`}>
          {text()}
        </time>
      )}
    </Show>
  );
}

/** How many of each severity, as marks with numbers. In a column each severity has its place; `loose` leaves none. */
export function Counts(props: { of: SeverityCounts; loose?: boolean }): JSX.Element {
  const none = () => SEVERITIES.every((level) => props.of[level] === 0);
  return (
    <Show when={!none()} fallback={<span class="dim">none</span>}>
      <span class="counts" classList={{ loose: props.loose }}>
        <For each={SEVERITIES.filter((level) => !props.loose || props.of[level] > 0)}>
          {(level) => (
            <span>
              <Show when={props.of[level] > 0}>
                <SeverityMark of={level} label={count(props.of[level])} />
                <span class="hidden-but-read"> {level} </span>
              </Show>
            </span>
          )}
        </For>
      </span>
    </Show>
  );
}

export function worstWeight(counts: SeverityCounts): number {
  return counts.critical * 1e9 + counts.high * 1e6 + counts.medium * 1e3 + counts.low;
}

/** A part of a whole as a thin bar. */
export function Bar(props: { part: number; of: number; label?: string }): JSX.Element {
  const width = () => (props.of <= 0 ? 0 : Math.max(0, Math.min(100, (100 * props.part) / props.of)));
  return (
    <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label={props.label ?? `${props.part} of ${props.of}`}>
      <rect class="rail" width="100" height="6" />
      <rect width={width()} height="6" />
    </svg>
  );
}

/** A score of 100, with a bar that says the same. */
export function Score(props: { of: number; title?: string }): JSX.Element {
  return (
    <span class="score" classList={{ poor: props.of < 50, fair: props.of >= 50 && props.of < 80 }} title={props.title}>
      <span class="num">{props.of}</span>
      <Bar part={props.of} of={100} label={`${props.of} of 100`} />
    </span>
  );
}

export function portsText(ports: Ports[]): string {
  return ports
    .map((one) => {
      if (one.first <= 1 && one.last === 65535) return `all ${one.protocol}`;
      const range = one.first === one.last ? `${one.first}` : `${one.first}–${one.last}`;
      return one.protocol === "TCP" ? range : `${range}/${one.protocol}`;
    })
    .join(", ");
}

export function CopyButton(props: { text: string; label?: string }): JSX.Element {
  const [done, setDone] = createSignal(false);
  const copy = async () => {
    setDone(await copyText(props.text));
    window.setTimeout(() => setDone(false), 1600);
  };
  return (
    <button class="button tiny" type="button" onClick={() => void copy()}>
      <Icon name={done() ? "check" : "copy"} />
      <span aria-live="polite">{done() ? "Copied" : (props.label ?? "Copy")}</span>
    </button>
  );
}

/** Text to copy; lines that begin with `+` and `-` are shown as added and taken away when it is a difference. */
export function Code(props: { text: string; label: string; diff?: boolean }): JSX.Element {
  return (
    <div class="code">
      <pre tabindex="0" role="region" aria-label={props.label}>
        <Show when={props.diff} fallback={<code>{props.text}</code>}>
          <code>
            <For each={props.text.split("\n")}>
              {(line) => <span classList={{ add: line.startsWith("+"), cutaway: line.startsWith("-") }}>{line + "\n"}</span>}
            </For>
          </code>
        </Show>
      </pre>
      <CopyButton text={props.text} />
    </div>
  );
}

const MARKED = /(`[^`]+`|\*\*[^*]+\*\*)/;

/** The little Markdown that explanations use: paragraphs, lists, fenced code, `code` and **strong**. */
export function Prose(props: { text: string }): JSX.Element {
  const blocks = () => props.text.trim().split(/\n\s*\n/);
  return (
    <div class="prose">
      <For each={blocks()}>
        {(block) => {
          const fenced = /^```[^\n]*\n([\s\S]*?)\n?```$/.exec(block.trim());
          if (fenced) return <Code text={fenced[1] ?? ""} label="Example" />;
          const lines = block.split("\n");
          if (lines.every((line) => /^\s*([-*]|\d+\.)\s|^\s{2,}/.test(line))) {
            const items = block.split(/\n(?=\s*(?:[-*]|\d+\.)\s)/).map((item) => item.replace(/^\s*([-*]|\d+\.)\s+/, ""));
            return (
              <ul class="dots">
                <For each={items}>{(item) => <li>{inline(item)}</li>}</For>
              </ul>
            );
          }
          const head = /^#{1,4}\s+(.*)$/.exec(block.trim());
          if (head) return <h3>{head[1]}</h3>;
          return <p>{inline(block)}</p>;
        }}
      </For>
    </div>
  );
}

export function inline(text: string): JSX.Element {
  return (
    <For each={text.split(MARKED)}>
      {(part) => {
        if (part.startsWith("`") && part.endsWith("`") && part.length > 1) return <code>{part.slice(1, -1)}</code>;
        if (part.startsWith("**") && part.endsWith("**")) return <strong>{part.slice(2, -2)}</strong>;
        return <>{part}</>;
      }}
    </For>
  );
}
