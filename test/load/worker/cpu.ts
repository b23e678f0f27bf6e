import { readdirSync, readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100;
/** Threads that used less of a core are not named. */
const SMALLEST_SHARE = 0.005;

/** User and system seconds of a process's threads, by the name that each has; those of one name are added up. */
export function cpuByThread(pid: number): ReadonlyMap<string, number> {
  const seconds = new Map<string, number>();
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, "latin1");
    // The name stands in parentheses and may hold spaces; utime and stime are the fields 14 and 15.
    const name = task === String(pid) ? "main" : stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const used = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    seconds.set(name, (seconds.get(name) ?? 0) + used);
  }
  return seconds;
}

/** `inference 74 %, main 21 %`: of one core, the largest first. */
export function shareByThread(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  tookMs: number,
): string {
  return [...after]
    .map(([name, seconds]) => ({ name, share: ((seconds - (before.get(name) ?? 0)) * 1000) / tookMs }))
    .filter(({ share }) => share >= SMALLEST_SHARE)
    .sort((a, b) => b.share - a.share)
    .map(({ name, share }) => `${name} ${(100 * share).toFixed(0)} %`)
    .join(", ");
}
