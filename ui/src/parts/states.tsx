// What a screen says when it has nothing to show: each state says what to do next.
import type { JSX } from "solid-js";
import { createSignal, Match, Show, Switch } from "solid-js";
import { Failure, signIn } from "../api/client";
import { startLive } from "../api/live";
import type { Query } from "../api/query";
import { setParams } from "../lib/router";

export function Loading(): JSX.Element {
  return (
    <div class="loading" role="status">
      <span class="hidden-but-read">Loading</span>
      <i />
      <i />
      <i />
      <i />
      <i />
      <i />
    </div>
  );
}

export function Empty(props: { title: string; children?: JSX.Element; action?: JSX.Element }): JSX.Element {
  return (
    <div class="state">
      <svg class="eye icon" viewBox="0 0 40 40" aria-hidden="true">
        <path d="M4 18c5 7 10 9.500 16 9.500S31 25 36 18M9 24l-3 4M20 27.500v5M31 24l3 4" />
      </svg>
      <h2>{props.title}</h2>
      <Show when={props.children}>
        <p>{props.children}</p>
      </Show>
      <Show when={props.action}>
        <div class="acts row-of">{props.action}</div>
      </Show>
    </div>
  );
}

export function FailureState(props: { failure: Failure; again: () => void }): JSX.Element {
  const [typed, setTyped] = createSignal("");
  const [wrong, setWrong] = createSignal("");
  const enter = async () => {
    try {
      await signIn(typed().trim());
      startLive();
      props.again();
    } catch (error) {
      setWrong(error instanceof Failure ? error.detail || error.title : String(error));
    }
  };
  return (
    <div class="state" role="alert">
      <h2>{props.failure.title}</h2>
      <Switch>
        <Match when={props.failure.kind === "sign-in"}>
          <p>
            On a laptop the hub prints a link with a token when it starts. In a cluster, paste the token of your own account:{" "}
            <code>kubectl create token NAME</code>, or the one your single sign-on gives you.
          </p>
          <form
            class="row-of acts"
            onSubmit={(event) => {
              event.preventDefault();
              void enter();
            }}
          >
            <input
              type="text"
              autocomplete="off"
              spellcheck={false}
              aria-label="Token"
              placeholder="Token"
              value={typed()}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
            <button class="button main" type="submit">
              Sign in
            </button>
          </form>
          <Show when={wrong()}>
            <p class="callout bad">{wrong()}</p>
          </Show>
        </Match>
        <Match when={props.failure.kind === "forbidden"}>
          <p>{props.failure.detail}</p>
          <p>
            {props.failure.remedy ||
              "Catseye asks the cluster what you may see. Ask whoever runs it to bind you the role catseye-viewer; it takes effect with your next click."}
          </p>
        </Match>
        <Match when={true}>
          <p>{props.failure.detail || "It may have been removed since the link was made. Choose an earlier time above to look back."}</p>
          <Show when={props.failure.remedy}>
            <p>{props.failure.remedy}</p>
          </Show>
        </Match>
      </Switch>
      <Show when={props.failure.kind !== "sign-in"}>
        <div class="acts row-of">
          <Show when={props.failure.kind === "not-kept"}>
            <button class="button main" type="button" onClick={() => setParams({ at: "", vs: "" })}>
              Back to now
            </button>
          </Show>
          <button class="button" type="button" onClick={() => props.again()}>
            Try again
          </button>
        </div>
      </Show>
    </div>
  );
}

/** The answer, or the state that stands for it. */
export function Answer<T>(props: { of: Query<T>; children: (data: () => T) => JSX.Element; loading?: JSX.Element }): JSX.Element {
  return (
    <Show
      when={props.of.data() !== undefined}
      fallback={
        <Show when={props.of.failure()} fallback={props.loading ?? <Loading />}>
          {(failure) => <FailureState failure={failure()} again={props.of.again} />}
        </Show>
      }
    >
      <Show when={props.of.failure()}>
        {(failure) => (
          <p class="callout bad no-print" role="alert">
            {failure().title}. What you see is the last answer. {failure().detail}
          </p>
        )}
      </Show>
      {props.children(() => props.of.data() as T)}
    </Show>
  );
}
