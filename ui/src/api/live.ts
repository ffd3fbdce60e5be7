// What changes at the hub, as it happens. The browser comes back by itself after a break and names the last message
// it saw, so nothing is missed; when the hub has forgotten it, it says `reload` and every question is asked again.
import { createSignal } from "solid-js";
import { Failure, getTagged, url } from "./client";
import type { Message, MessageKind } from "./names";

export type LiveState = "connecting" | "live";

const KINDS: MessageKind[] = ["world", "incident", "change", "health", "reload"];
const AGAIN = 2000;

const [state, setState] = createSignal<LiveState>("connecting");
const [last, setLast] = createSignal<Message>();
export { state as liveState, last as lastMessage };

type Listener = (kind: MessageKind) => void;
const listeners = new Set<Listener>();
let source: EventSource | undefined;
let timer = 0;
let lastId = "";
let broken = false;
// Whether the screens were told that the hub wants a sign-in.
let asked = false;

/** Calls `listener` for every message; gives the way to stop. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function startLive(): void {
  window.clearTimeout(timer);
  source?.close();
  source = new EventSource(url("/stream", { last_event_id: lastId }));
  source.onopen = () => {
    setState("live");
    // The hub may have been started anew: what it counts began again, so ask for all.
    if (broken) tell("reload");
    broken = false;
    asked = false;
  };
  source.onerror = () => {
    setState("connecting");
    broken = true;
    // The browser gives up when the answer was no stream; why, it does not say.
    if (source?.readyState === EventSource.CLOSED) void refused();
  };
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      if (event.lastEventId !== "") lastId = event.lastEventId;
      try {
        const message = JSON.parse(event.data as string) as Message;
        setLast(message);
      } catch {
        // The kind alone is enough to ask again.
      }
      tell(kind);
    });
  }
}

// A hub that was started anew knows no session: every screen asks again, is refused and shows the sign-in. It is
// said once, for what is being typed there must stay. The stream is tried until somebody has signed in.
async function refused(): Promise<void> {
  try {
    await getTagged(url("/session"));
  } catch (error) {
    if (!asked && error instanceof Failure && error.kind === "sign-in") {
      asked = true;
      tell("reload");
    }
  }
  timer = window.setTimeout(startLive, AGAIN);
}

function tell(kind: MessageKind): void {
  for (const listener of [...listeners]) listener(kind);
}
