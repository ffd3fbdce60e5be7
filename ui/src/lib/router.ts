// The URL is the state: the path says which screen, the query says how it is looked at. A reload, a bookmark or a
// colleague who gets the link sees the same.
import { createMemo, createSignal } from "solid-js";

/** Query keys that stay when another screen is opened: the time looked at, and what it is compared with. */
const STICKY = ["at", "vs"] as const;

const [location, setLocation] = createSignal(read());

function read(): URL {
  return new URL(window.location.href);
}

/** The parts of the path, decoded: `/incidents/a%2Fb` is `["incidents", "a/b"]`. */
export const segments = createMemo(() =>
  location()
    .pathname.split("/")
    .filter((part) => part !== "")
    .map((part) => decodeURIComponent(part)),
);

/** One query value; empty when absent. */
export function param(name: string): string {
  return location().searchParams.get(name) ?? "";
}

/** All values of one query key, comma separated in the URL. */
export function list(name: string): string[] {
  const value = param(name);
  return value === "" ? [] : value.split(",").map((item) => item.replaceAll("~c", ",").replaceAll("~t", "~"));
}

/** A value that may hold commas, for `list`. */
export function escapeItem(item: string): string {
  return item.replaceAll("~", "~t").replaceAll(",", "~c");
}

/** Sets query values in place; an empty value removes the key. `push` makes a step for the back button. */
export function setParams(values: Record<string, string | undefined>, push = false): void {
  const url = read();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  if (url.href === window.location.href) return;
  if (push) history.pushState(null, "", url);
  else history.replaceState(null, "", url);
  setLocation(url);
}

/** A link to a screen, with the time that is looked at. */
export function href(path: string, query: Record<string, string | number | undefined> = {}): string {
  const url = new URL(path, window.location.origin);
  for (const name of STICKY) {
    const value = location().searchParams.get(name);
    if (value !== null) url.searchParams.set(name, value);
  }
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  return url.pathname + url.search;
}

/** `/a/b` with every part escaped. */
export function path(...parts: string[]): string {
  return "/" + parts.map((part) => encodeURIComponent(part)).join("/");
}

export function navigate(to: string): void {
  history.pushState(null, "", to);
  setLocation(read());
  window.scrollTo(0, 0);
  // Tell a screen reader, and the keyboard, that the page is another one.
  queueMicrotask(() => document.getElementById("main")?.focus({ preventScroll: true }));
}

/** Follows links inside the application without a page load. */
export function startRouter(): void {
  window.addEventListener("popstate", () => setLocation(read()));
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest("a");
    if (!link || link.hasAttribute("download") || (link.target !== "" && link.target !== "_self")) return;
    const to = link instanceof HTMLAnchorElement ? link.href : (link as SVGAElement).href.baseVal;
    const url = new URL(to, window.location.href);
    if (url.origin !== window.location.origin || url.pathname.startsWith("/api/")) return;
    event.preventDefault();
    navigate(url.pathname + url.search + url.hash);
  });
}
