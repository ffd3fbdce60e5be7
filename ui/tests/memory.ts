// What a process of the browser takes.
import { readFileSync } from "node:fs";

/** Memory that no other process shares; 0 where it cannot be read. */
export function ownMegabytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const kilobytes = [...text.matchAll(/^Private_\w+:\s+(\d+) kB/gm)].reduce((sum, found) => sum + Number(found[1]), 0);
    return kilobytes / 1000;
  } catch {
    return 0;
  }
}
