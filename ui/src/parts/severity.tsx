// Severity: always a shape, a colour and a word, so that none of the three must be relied on.
import type { JSX } from "solid-js";
import { Show } from "solid-js";

export type Severity = "critical" | "high" | "medium" | "low" | "info";

const SHAPES: Record<Severity, string> = {
  critical: "M6 0l6 6-6 6-6-6Z",
  high: "M6 .6l6 10.6H0Z",
  medium: "M1 1h10v10H1Z",
  low: "M6 .8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 6 .8Z",
  info: "M6 .8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 6 .8Zm0 2a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4Z",
};

const RANK: Record<Severity, number> = { critical: 4, high: 3, medium: 2, low: 1, info: 0 };

export const SEVERITIES: Severity[] = ["critical", "high", "medium", "low", "info"];

/** Anything that names a severity; what is not known counts as info. */
export function severity(name: string | null | undefined): Severity {
  const lower = (name ?? "").toLowerCase();
  return (SEVERITIES as string[]).includes(lower) ? (lower as Severity) : "info";
}

export function rank(name: string | null | undefined): number {
  return RANK[severity(name)];
}

export function SeverityMark(props: { of: string | null | undefined; bare?: boolean; label?: string }): JSX.Element {
  const level = () => severity(props.of);
  return (
    <span class={`sev sev-${level()}`} title={props.bare ? level() : undefined}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d={SHAPES[level()]} fill-rule="evenodd" />
      </svg>
      <Show when={!props.bare} fallback={<span class="hidden-but-read">{level()}</span>}>
        <span class="word">{props.label ?? level()}</span>
      </Show>
    </span>
  );
}
