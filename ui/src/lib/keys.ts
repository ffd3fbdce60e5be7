// Keys: one handler for the page. Lists and screens register what they do with a key while they are shown; the one
// registered last is asked first.
import { onCleanup, onMount } from "solid-js";

type Handler = (event: KeyboardEvent) => boolean;

const handlers: Handler[] = [];
/** When `g` was pressed, by the clock of the events: a busy page hears of a key late. */
let prefixAt = -Infinity;
const TOGETHER = 1000;

/** Handles keys while the calling component is shown. The handler says whether it used the key. */
export function useKeys(handler: Handler): void {
  onMount(() => handlers.push(handler));
  onCleanup(() => {
    const place = handlers.lastIndexOf(handler);
    if (place >= 0) handlers.splice(place, 1);
  });
}

/** Pressing `g` and then a letter within a second: the letter arrives as `g x`. */
export function startKeys(onChord: (chord: string) => boolean): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
    if (typing(event.target)) return;
    if (document.querySelector("dialog[open]") && event.key !== "Escape") return;
    if (event.timeStamp - prefixAt < TOGETHER) {
      prefixAt = -Infinity;
      if (onChord(`g ${event.key}`)) event.preventDefault();
      return;
    }
    if (event.key === "g") {
      prefixAt = event.timeStamp;
      return;
    }
    for (let index = handlers.length - 1; index >= 0; index--) {
      if (handlers[index]?.(event)) {
        event.preventDefault();
        return;
      }
    }
  });
}

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}
