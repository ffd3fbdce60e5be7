// What a check or a detection rule is about: why it matters and what to do.
import type { JSX } from "solid-js";
import { For, Show } from "solid-js";
import type { Check } from "../api/names";
import { useTimed } from "../api/query";
import { href, path } from "../lib/router";
import { plural } from "../lib/time";
import { Icon } from "../parts/icons";
import { SeverityMark } from "../parts/severity";
import { Answer } from "../parts/states";
import { Prose } from "../parts/words";

export default function CheckScreen(props: { id: string }): JSX.Element {
  const check = useTimed<Check>(() => path("checks", props.id));
  return (
    <Answer of={check}>
      {(data) => (
        <>
          <p class="crumb">
            <a href={href("/posture")}>
              <Icon name="back" /> Posture
            </a>
            <span class="dim mono">{data().id}</span>
          </p>
          <header class="heading">
            <div>
              <p class="row-of">
                <SeverityMark of={data().severity} />
                <span class="dim mono">{data().name}</span>
              </p>
              <h1>{data().title}</h1>
            </div>
            <div class="acts">
              <Show when={data().findings > 0}>
                <a class="button" href={href("/posture", { tab: "findings", check: data().id })}>
                  {plural(data().findings, "finding")}
                </a>
              </Show>
            </div>
          </header>
          <div class="measure">
            <Prose text={data().explanation} />
            <section class="section">
              <h2>What to do</h2>
              <Prose text={data().fix} />
            </section>
            <Show when={data().controls.length > 0}>
              <section class="section">
                <h2>Stands behind</h2>
                <ul class="row-of">
                  <For each={data().controls}>{(control) => <li class="tag">{control}</li>}</For>
                </ul>
              </section>
            </Show>
          </div>
        </>
      )}
    </Answer>
  );
}
