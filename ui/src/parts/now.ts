// The time of the hub. A replay runs on its own clock, which is not the reader's.
import { createSignal } from "solid-js";

const [offset, setOffset] = createSignal(0);
const [tick, setTick] = createSignal(Date.now());

/** Called with what the hub says its clock is. */
export function learnClock(hubNow: string): void {
  const time = Date.parse(hubNow);
  if (!Number.isNaN(time)) setOffset(time - Date.now());
}

export function now(): Date {
  return new Date(tick() + offset());
}

window.setInterval(() => setTick(Date.now()), 30_000);
