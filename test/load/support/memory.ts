import { setTimeout as pause } from "node:timers/promises";
import { type Child, residentBytes } from "./children.ts";
import { HeapReader } from "./heap.ts";

const EVERY_MS = 50;

/** Both in megabytes (10^6) of resident memory. */
export interface Growth {
  /** The most while the work was done. */
  readonly most: number;
  /** What is left of it after a full collection: without garbage that nobody has collected yet. */
  readonly left: number;
}

/** @param child a Node process started with `INSPECTABLE` */
export async function growthWhile(child: Child, work: () => Promise<unknown>): Promise<Growth> {
  const { pid } = child;
  const before = residentBytes(pid);
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, residentBytes(pid));
  }, EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  most = Math.max(most, residentBytes(pid));
  await new HeapReader(child).collect();
  return { most: (most - before) / 1e6, left: (residentBytes(pid) - before) / 1e6 };
}

/** The least resident memory, in bytes, within a while without requests. */
export async function quietBytes(pid: number, quietMs: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  const until = performance.now() + quietMs;
  while (performance.now() < until) {
    await pause(EVERY_MS);
    least = Math.min(least, residentBytes(pid));
  }
  return least;
}
