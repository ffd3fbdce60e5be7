// The frame around every screen: navigation, search, time, live state, keys.
import type { JSX } from "solid-js";
import { createEffect, createSignal, ErrorBoundary, For, Match, Show, Suspense, Switch } from "solid-js";
import { url } from "./api/client";
import { lastMessage, liveState } from "./api/live";
import type { Health, Inbox } from "./api/names";
import { useQuery } from "./api/query";
import { startKeys, useKeys } from "./lib/keys";
import { href, navigate, param, segments, setParams } from "./lib/router";
import { exactTime, shortTime } from "./lib/time";
import { Dialog } from "./parts/dialog";
import { Eye, Icon } from "./parts/icons";
import { learnClock, now } from "./parts/now";
import { SCREENS } from "./parts/screens";
import { Search } from "./parts/search";
import { Empty, Loading } from "./parts/states";
import { TimePanel } from "./parts/time-control";
import AdmissionScreen from "./screens/admission";
import ApplicationScreen from "./screens/application";
import ApplicationsScreen from "./screens/applications";
import CheckScreen from "./screens/check";
import CoverageScreen from "./screens/coverage";
import DriftScreen from "./screens/drift";
import EventScreen from "./screens/event";
import EventsScreen from "./screens/events";
import IdentitiesScreen from "./screens/identities";
import IdentityScreen from "./screens/identity";
import { InboxScreen } from "./screens/inbox";
import { IncidentScreen } from "./screens/incident";
import NetworkScreen from "./screens/network";
import ObjectScreen from "./screens/object";
import PathsScreen from "./screens/paths";
import PostureScreen from "./screens/posture";
import SettingsScreen from "./screens/settings";


const KEYS: [string, string][] = [
  ["/", "Search everything"],
  ["j  k", "Next, previous row"],
  ["Enter", "Open the row"],
  ["e", "Acknowledge: I am at it"],
  ["a", "Accept, with a reason and a day"],
  ["c", "Comment"],
  ["u", "Back to the list"],
  ["t", "Time"],
  ["?", "This list"],
];

export function App(): JSX.Element {
  const [searching, setSearching] = createSignal(false);
  const [helping, setHelping] = createSignal(false);
  const [timing, setTiming] = createSignal(false);
  const [more, setMore] = createSignal(false);
  const health = useQuery<Health>(() => url("/health"), ["health"]);
  const badge = useQuery<Inbox>(() => url("/incidents", { state: "open", limit: 1 }), ["incident"]);
  createEffect(() => {
    const said = health.data()?.now;
    if (said) learnClock(said);
  });
  const open = () => badge.data()?.total ?? 0;
  const critical = () => (badge.data()?.facets.severity ?? []).find((one) => one.value === "critical")?.count ?? 0;

  startKeys((chord) => {
    const screen = SCREENS.find((one) => `g ${one.key}` === chord);
    if (screen) navigate(href(screen.path));
    return screen !== undefined;
  });
  useKeys((event) => {
    if (event.key === "/") setSearching(true);
    else if (event.key === "?") setHelping(true);
    else if (event.key === "t") setTiming(!timing());
    else return false;
    return true;
  });

  const first = () => segments()[0] ?? "";
  const current = (screen: string) => {
    const name = first();
    if (screen === "/") return name === "" || name === "incidents";
    if (screen === "/posture" && name === "checks") return true;
    if (screen === "/applications" && name === "objects") return true;
    return name === screen.slice(1);
  };
  createEffect(() => {
    const screen = SCREENS.find((one) => current(one.path));
    const what = segments().length > 1 ? segments().at(-1) : undefined;
    document.title = [what, screen?.title ?? "", "Catseye"].filter(Boolean).join(" · ");
  });
  const links = (entries: typeof SCREENS) => (
    <For each={entries}>
      {(screen) => (
        <li classList={{ first: screen.first }}>
          <a href={href(screen.path)} aria-current={current(screen.path) ? "page" : undefined} title={`${screen.title} (g ${screen.key})`}>
            <Icon name={screen.icon} />
            <span class="word">{screen.title}</span>
            <Show when={screen.path === "/" && open() > 0}>
              <span class="badge" classList={{ critical: critical() > 0 }}>
                {open()}
                <span class="hidden-but-read"> open incidents</span>
              </span>
            </Show>
          </a>
        </li>
      )}
    </For>
  );
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), document.getElementById("main")?.focus())}>
        To the content
      </a>
      <nav class="nav" aria-label="Screens">
        <a class="brand" href={href("/")}>
          <Eye />
          <span>Catseye</span>
        </a>
        <ul>
          {links(SCREENS.slice(0, 8))}
          <li class="more">
            <button type="button" onClick={() => setMore(true)}>
              <Icon name="more" />
              <span class="word">More</span>
            </button>
          </li>
        </ul>
        <ul class="rest">{links(SCREENS.slice(8))}</ul>
      </nav>
      <div class="body">
        <header class="top">
          <button class="search-open" type="button" onClick={() => setSearching(true)}>
            <Icon name="search" />
            <span class="cut">Search everything</span>
            <kbd>/</kbd>
          </button>
          <span class="space" />
          <Live health={health.data()} />
          <button class="button plain" type="button" data-time aria-expanded={timing()} onClick={() => setTiming(!timing())} title="Time (t)">
            <Icon name="clock" />
            <span>{param("at") === "" ? "Now" : shortTime(param("at"), now())}</span>
          </button>
          <ThemeButton />
          <button class="button plain icon-only keys" type="button" onClick={() => setHelping(true)} title="Keys (?)" aria-label="Keys">
            <Icon name="keyboard" />
          </button>
        </header>
        <Show when={timing()}>
          <TimePanel close={() => setTiming(false)} />
        </Show>
        <Show when={param("at") !== "" || param("vs") !== ""}>
          <div class="past" role="status">
            <Icon name="clock" />
            <span>
              <Show when={param("at") !== ""} fallback="You see the cluster as it is now">
                You see the cluster as it was <strong class="num">{exactTime(param("at"))}</strong>
              </Show>
              <Show when={param("vs") !== ""}>
                , to compare with <strong class="num">{exactTime(param("vs"))}</strong>
              </Show>
            </span>
            <Show when={param("vs") !== ""}>
              <a href={href("/drift", { tab: "difference" })}>Show the difference</a>
            </Show>
            <button class="button tiny" type="button" onClick={() => setParams({ at: "", vs: "" }, true)}>
              Back to now
            </button>
          </div>
        </Show>
        <main class="page" id="main" tabindex="-1">
          <ErrorBoundary fallback={(error: unknown, reset) => <Broken error={error} reset={reset} />}>
            <Suspense fallback={<Loading />}>
              <Switch fallback={<Nowhere />}>
                <Match when={segments().length === 0}>
                  <InboxScreen />
                </Match>
                <Match when={first() === "incidents" && segments()[1]}>{(id) => <IncidentScreen id={id()} />}</Match>
                <Match when={first() === "paths"}>
                  <PathsScreen />
                </Match>
                <Match when={first() === "network"}>
                  <NetworkScreen />
                </Match>
                <Match when={first() === "applications" && segments()[1]}>{(id) => <ApplicationScreen id={id()} />}</Match>
                <Match when={first() === "applications"}>
                  <ApplicationsScreen />
                </Match>
                <Match when={first() === "identities" && segments()[1]}>{(id) => <IdentityScreen id={id()} />}</Match>
                <Match when={first() === "identities"}>
                  <IdentitiesScreen />
                </Match>
                <Match when={first() === "posture"}>
                  <PostureScreen />
                </Match>
                <Match when={first() === "checks" && segments()[1]}>{(id) => <CheckScreen id={id()} />}</Match>
                <Match when={first() === "drift"}>
                  <DriftScreen />
                </Match>
                <Match when={first() === "events" && segments()[1] === "admission" && segments()[2]}>{(id) => <AdmissionScreen id={id()} />}</Match>
                <Match when={first() === "events" && segments()[1]}>{(id) => <EventScreen id={id()} />}</Match>
                <Match when={first() === "events"}>
                  <EventsScreen />
                </Match>
                <Match when={first() === "objects" && segments().length === 4}>
                  <ObjectScreen kind={segments()[1] ?? ""} namespace={segments()[2] ?? ""} name={segments()[3] ?? ""} />
                </Match>
                <Match when={first() === "coverage"}>
                  <CoverageScreen />
                </Match>
                <Match when={first() === "settings"}>
                  <SettingsScreen />
                </Match>
              </Switch>
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
      <Show when={searching()}>
        <Search close={() => setSearching(false)} />
      </Show>
      <Show when={more()}>
        <Dialog title="Screens" class="sheet" close={() => setMore(false)}>
          <ul onClick={() => setMore(false)}>
            <For each={SCREENS}>
              {(screen) => (
                <li>
                  <a href={href(screen.path)}>
                    <Icon name={screen.icon} />
                    {screen.title}
                  </a>
                </li>
              )}
            </For>
          </ul>
        </Dialog>
      </Show>
      <Show when={helping()}>
        <Dialog title="Keys" close={() => setHelping(false)}>
          <dl class="facts keylist">
            <For each={KEYS}>
              {([key, what]) => (
                <>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{what}</dd>
                </>
              )}
            </For>
            <For each={SCREENS}>
              {(screen) => (
                <>
                  <dt>
                    <kbd>g</kbd> <kbd>{screen.key}</kbd>
                  </dt>
                  <dd>{screen.title}</dd>
                </>
              )}
            </For>
          </dl>
          <form method="dialog" class="acts">
            <button class="button">Close</button>
          </form>
        </Dialog>
      </Show>
    </div>
  );
}

function Live(props: { health: Health | undefined }): JSX.Element {
  const state = () => (param("at") !== "" ? "past" : liveState());
  const word = () => (state() === "past" ? "past" : state() === "live" ? (props.health?.mode === "replay" ? "replay" : "live") : "connecting");
  const title = () => {
    if (state() === "connecting") return "No live connection; the page tries again by itself";
    const said = lastMessage();
    return said ? `${word()}: ${said.text || said.kind}` : word();
  };
  return (
    <span class="live" data-state={state()} role="status" title={title()}>
      <i aria-hidden="true" />
      <span>{word()}</span>
    </span>
  );
}

function ThemeButton(): JSX.Element {
  const root = document.documentElement;
  const system = () => (window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const [theme, setTheme] = createSignal(root.dataset.theme ?? system());
  const turn = () => {
    const next = theme() === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    setTheme(next);
    try {
      localStorage.setItem("catseye.theme", next);
    } catch {
      // It holds until the next load.
    }
    window.dispatchEvent(new Event("themechange"));
  };
  return (
    <button class="button plain icon-only" type="button" onClick={turn} aria-label={theme() === "dark" ? "Light colours" : "Dark colours"} title="Light or dark">
      <Icon name={theme() === "dark" ? "sun" : "moon"} />
    </button>
  );
}

function Nowhere(): JSX.Element {
  return (
    <Empty title="No screen has this address" action={<a class="button" href={href("/")}>To the inbox</a>}>
      The link may be of another version of Catseye.
    </Empty>
  );
}

function Broken(props: { error: unknown; reset: () => void }): JSX.Element {
  console.error(props.error);
  return (
    <div class="state" role="alert">
      <h2>This screen broke</h2>
      <p>It is a defect of the dashboard, not of your cluster. The other screens go on.</p>
      <p class="mono">{String(props.error)}</p>
      <div class="acts row-of">
        <button class="button" type="button" onClick={props.reset}>
          Show it again
        </button>
      </div>
    </div>
  );
}
