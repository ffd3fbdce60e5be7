// A question of a few words, whose answer is a link: what is asked stands in the URL.
import type { JSX } from "solid-js";
import { For } from "solid-js";
import { param, setParams } from "../lib/router";

export interface AskField {
  /** The parameter of the URL. */
  name: string;
  title: string;
  example: string;
  /** Takes the room that is left. */
  wide?: boolean;
  numeric?: boolean;
}

export function AskForm(props: { fields: AskField[]; verb: string }): JSX.Element {
  return (
    <form
      class="row-of ask"
      onSubmit={(event) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget);
        setParams(Object.fromEntries(props.fields.map(({ name }) => [name, String(data.get(name) ?? "").trim()])), true);
      }}
    >
      <For each={props.fields}>
        {(field) => (
          <label class="field" classList={{ grow: field.wide }}>
            <span>{field.title}</span>
            <input name={field.name} type="text" inputmode={field.numeric ? "numeric" : undefined} spellcheck={false} placeholder={field.example} value={param(field.name)} />
          </label>
        )}
      </For>
      <button class="button main" type="submit">
        {props.verb}
      </button>
    </form>
  );
}
