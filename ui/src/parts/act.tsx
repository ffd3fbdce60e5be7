// What a person does with an incident: a dialog that says what it would hide before it is done.
import type { JSX } from "solid-js";
import { createEffect, createSignal, For, Match, Show, Switch } from "solid-js";
import { Failure, getTagged, post, url } from "../api/client";
import type { Action, ActionKind, ActionResult, Incident, IncidentRow } from "../api/names";
import { path } from "../lib/router";
import { plural } from "../lib/time";
import { Dialog } from "./dialog";
import { now } from "./now";
import { toast } from "./toast";

const DAY = 86_400_000;

interface Wording {
  title: string;
  button: string;
  reason: string;
  done: string;
  /** The reason may be left out. */
  free?: boolean;
}

const WORDS: Record<ActionKind, Wording> = {
  acknowledge: { title: "Acknowledge", button: "Acknowledge", reason: "Note for the others", done: "Acknowledged", free: true },
  resolve: { title: "Resolve", button: "Resolve", reason: "What mended it", done: "Resolved", free: true },
  accept: { title: "Accept until a day", button: "Accept", reason: "Why we live with it", done: "Accepted" },
  "false-positive": { title: "Call it false", button: "Call it false", reason: "Why it is none", done: "Called false" },
  validate: { title: "It is meant", button: "It is meant", reason: "Who wanted it, and why", done: "Validated", free: true },
  reopen: { title: "Reopen", button: "Reopen", reason: "Why it is not over", done: "Reopened", free: true },
  comment: { title: "Comment", button: "Comment", reason: "Comment", done: "Comment added" },
};

/** Does it, by the version that the hub has now; `version` is refused when somebody else was faster. */
export async function act(id: string, action: Action, tag: string): Promise<ActionResult> {
  return post<ActionResult>(url(path("incidents", id, "actions")), action, tag);
}

/** Acts on a row of a list: its version is asked for first. */
export async function actNow(row: IncidentRow, action: Action): Promise<void> {
  try {
    const { tag } = await getTagged<Incident>(url(path("incidents", row.id)));
    await act(row.id, action, tag);
    toast(`${WORDS[action.action].done}: ${row.title}`);
  } catch (error) {
    toast(error instanceof Failure ? `${error.title}. ${error.detail}` : String(error));
  }
}

export function ActDialog(props: { kind: ActionKind; row: IncidentRow; close: () => void; done: () => void }): JSX.Element {
  const words = () => WORDS[props.kind];
  const [reason, setReason] = createSignal("");
  const [until, setUntil] = createSignal(day(30));
  const [preview, setPreview] = createSignal<ActionResult>();
  const [wrong, setWrong] = createSignal("");
  const [busy, setBusy] = createSignal(false);
  const hides = () => props.kind === "accept" || props.kind === "false-positive";
  const body = (why: string): Action => ({
    action: props.kind,
    reason: why === "" ? undefined : why,
    expires: props.kind === "accept" ? `${until()}T00:00:00Z` : undefined,
  });
  createEffect(() => {
    if (!hides() || until() === "") return;
    post<ActionResult>(url(path("incidents", props.row.id, "actions"), { preview: true }), body("preview"))
      .then(setPreview)
      .catch((error: unknown) => setWrong(error instanceof Failure ? [error.detail || error.title, error.remedy].filter(Boolean).join(" ") : String(error)));
  });
  const submit = async () => {
    setBusy(true);
    setWrong("");
    try {
      const { tag } = await getTagged<Incident>(url(path("incidents", props.row.id)));
      await act(props.row.id, body(reason().trim()), tag);
      toast(words().done);
      props.done();
      props.close();
    } catch (error) {
      setWrong(error instanceof Failure ? [error.detail || error.title, error.remedy].filter(Boolean).join(" ") : String(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={words().title} close={props.close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p class="soft">{props.row.title}</p>
        <label class="field">
          <span>
            {words().reason}
            <Show when={words().free}> (may be left out)</Show>
          </span>
          <textarea autofocus required={!words().free} maxlength="4000" value={reason()} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <Show when={props.kind === "accept"}>
          <div class="field">
            <label for="until">
              <span class="small soft">Until; it comes back by itself on that day</span>
            </label>
            <div class="row-of">
              <input
                id="until"
                class="date"
                type="date"
                required
                min={day(1)}
                max={day(365)}
                value={until()}
                onInput={(event) => setUntil(event.currentTarget.value)}
              />
              <For each={[7, 30, 90]}>
                {(days) => (
                  <button class="chip" type="button" aria-pressed={until() === day(days)} onClick={() => setUntil(day(days))}>
                    {days} days
                  </button>
                )}
              </For>
            </div>
          </div>
        </Show>
        <Show when={hides()}>
          <div class="callout" aria-live="polite" data-preview>
            <Switch fallback={<p>Asking what this would hide…</p>}>
              <Match when={preview()}>
                {(told) => (
                  <>
                    <p>
                      <strong>What this hides.</strong> Now {plural(told().incidents.length, "incident")}, this one included.
                    </p>
                    <ul class="dots">
                      <For each={told().hides}>{(line) => <li>{line}</li>}</For>
                    </ul>
                  </>
                )}
              </Match>
            </Switch>
          </div>
        </Show>
        <Show when={wrong()}>
          <p class="callout bad" role="alert">
            {wrong()}
          </p>
        </Show>
        <div class="acts">
          <button class="button" type="button" onClick={(event) => event.currentTarget.closest("dialog")?.close()}>
            Cancel
          </button>
          <button class="button main" type="submit" disabled={busy()}>
            {words().button}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function day(ahead: number): string {
  return new Date(now().getTime() + ahead * DAY).toISOString().slice(0, 10);
}
