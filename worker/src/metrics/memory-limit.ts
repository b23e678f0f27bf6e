import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { posix } from "node:path";

/** A file's content, undefined where there is none. */
export type ReadText = (path: string) => string | undefined;

/** Where the memory controller is mounted, and what holds the limit of one group there. */
const V2 = { mount: "/sys/fs/cgroup", limit: "memory.max" };
const V1 = { mount: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes" };

/**
 * Memory that this process may use, in bytes: the least of its control groups' limits (v1 and v2) and the machine's
 * memory.
 *
 * A limit binds all groups below the one that has it. `process.constrainedMemory()` reads the process's own group
 * alone in most releases of libuv (src/unix/linux.c), and so misses one set on a parent, as systemd slices and the
 * pods of Kubernetes have; and it says "none" where the own group lacks memory.high.
 */
export function readMemoryLimit(read: ReadText = readText, machineBytes = totalmem()): number {
  const limits = groupsOf(read("/proc/self/cgroup") ?? "").flatMap(({ mount, limit, path }) =>
    withParents(path).map((group) => parseBytes(read(posix.join(mount, group, limit)))),
  );
  return Math.min(machineBytes, ...limits);
}

/** Lines are `id:controllers:path`; version 2 has one, with the id 0 and no controllers (cgroups(7)). */
function groupsOf(text: string): { mount: string; limit: string; path: string }[] {
  return text.split("\n").flatMap((line) => {
    const [, id, controllers = "", path = ""] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (id === "0" && controllers === "") return { ...V2, path };
    return controllers.split(",").includes("memory") ? { ...V1, path } : [];
  });
}

/**
 * `/a/b` → `/a/b`, `/a`, `/`. The last is what a container sees as its own group when its path is the host's: there
 * the ones before are not to be found.
 */
function withParents(path: string): string[] {
  const parent = posix.dirname(path);
  return parent === path ? [path] : [path, ...withParents(parent)];
}

/** "max" is version 2's word for none; version 1 writes a number above any machine's memory. */
function parseBytes(text: string | undefined): number {
  return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
