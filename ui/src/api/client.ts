// Talks to the hub. Every answer is one of `/api/v1`; every failure says what a person can do about it.
import type { Problem, WhoAsks } from "./names";

/** Why there is no answer. */
export type FailureKind = "sign-in" | "forbidden" | "missing" | "not-kept" | "not-there" | "changed" | "offline" | "refused" | "server";

export class Failure extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly title: string,
    readonly detail: string,
    readonly remedy = "",
  ) {
    super(title);
  }
}

const BASE = "/api/v1";

export type QueryValues = Record<string, string | number | boolean | undefined>;

/** An address of the API. Empty values are left out. */
export function url(path: string, query: QueryValues = {}): string {
  const values = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "" && value !== false) values.set(name, String(value));
  }
  const text = values.toString();
  return BASE + path + (text === "" ? "" : `?${text}`);
}

interface Sent {
  method: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

async function send(address: string, { method, body, headers, signal }: Sent): Promise<Response> {
  const all: Record<string, string> = { accept: "application/json", ...headers };
  if (method !== "GET") all["x-catseye"] = "1";
  if (body !== undefined) all["content-type"] = "application/json";
  let answer: Response;
  try {
    answer = await fetch(address, {
      method,
      headers: all,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      credentials: "same-origin",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure("offline", "The hub does not answer", "Is it running? This page asks again by itself every few seconds.");
  }
  // A proxy before a hub that is away answers for it.
  if (answer.status === 502 || answer.status === 504) {
    throw new Failure("offline", "The hub does not answer", "Is it running? This page asks again by itself every few seconds.");
  }
  if (answer.ok) return answer;
  throw await failureOf(answer);
}

const TITLES: Record<FailureKind, string> = {
  "sign-in": "Sign in",
  forbidden: "Your account may not see this",
  missing: "There is no such thing",
  "not-kept": "That time is no longer kept",
  "not-there": "This hub has no such part",
  changed: "Somebody else was faster",
  offline: "The hub is not ready",
  refused: "The hub refused this",
  server: "The hub failed",
};

async function failureOf(answer: Response): Promise<Failure> {
  const text = await answer.text();
  let problem: Partial<Problem> = {};
  try {
    problem = JSON.parse(text) as Partial<Problem>;
  } catch {
    problem = { detail: text.slice(0, 300) };
  }
  const kind = kindOf(answer.status);
  return new Failure(kind, TITLES[kind], problem.detail ?? "", problem.remedy ?? "");
}

function kindOf(status: number): FailureKind {
  switch (status) {
    case 401:
      return "sign-in";
    case 403:
      return "forbidden";
    case 404:
      return "missing";
    case 410:
      return "not-kept";
    case 412:
    case 409:
      return "changed";
    case 501:
      return "not-there";
    case 503:
      return "offline";
    default:
      return status < 500 ? "refused" : "server";
  }
}

/** Asks, and gives the version of the answer too, which a write must name. */
export async function getTagged<T>(address: string, signal?: AbortSignal): Promise<{ data: T; tag: string }> {
  const answer = await send(address, { method: "GET", signal });
  return { data: (await answer.json()) as T, tag: answer.headers.get("etag") ?? "" };
}

export async function post<T>(address: string, body: unknown, tag?: string): Promise<T> {
  const headers: Record<string, string> = tag ? { "if-match": tag } : {};
  const answer = await send(address, { method: "POST", body, headers });
  const text = await answer.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** Exchanges a token for a cookie that this page cannot read. */
export async function signIn(token: string): Promise<WhoAsks> {
  return post<WhoAsks>(url("/session"), { token });
}

/** Takes the token from the fragment of the link that the hub printed, out of the address bar and of the history. */
export async function signInByLink(): Promise<void> {
  const found = /^#token=(.+)$/.exec(window.location.hash);
  if (!found?.[1]) return;
  history.replaceState(null, "", window.location.pathname + window.location.search);
  try {
    await signIn(decodeURIComponent(found[1]));
  } catch {
    // The first question will be refused, and the sign-in form shown.
  }
}
