// Times as people read them. All times are shown in the zone of the reader; the title of each shows UTC.

const DAY = 86_400_000;

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const seconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short" });
const dayYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** "14:05" today, "24 Nov 14:05" this year, "24 Nov 2025 14:05" before. */
export function shortTime(at: string, now: Date = new Date()): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  if (date.toDateString() === now.toDateString()) return clock.format(date);
  const days = date.getFullYear() === now.getFullYear() ? day : dayYear;
  return `${days.format(date)} ${clock.format(date)}`;
}

/** "Tue 24 Nov 14:05:09". */
export function exactTime(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? at : `${onlyDay(at)} ${seconds.format(date)}`;
}

export function onlyClock(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? at : seconds.format(date);
}

/** "Tue 24 Nov". */
export function onlyDay(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? at : weekday.format(date).replace(",", "");
}

/** "12 s", "5 min", "3 h", "2 d". */
export function span(milliseconds: number): string {
  const ms = Math.abs(milliseconds);
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 2 * DAY) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / DAY)} d`;
}

/** For `<input type="datetime-local">`, in the reader's zone. */
export function toLocalInput(at: Date): string {
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

/** RFC 3339 in UTC without fractions: short enough for a URL. */
export function toUrl(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, "Z");
}

const counts = new Intl.NumberFormat("en");

/** 12,345. */
export function count(value: number): string {
  return counts.format(value);
}

/** "1 path", "3 paths". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
