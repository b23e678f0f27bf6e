import { availableParallelism } from "node:os";
import { posix } from "node:path";
import { findControlGroups, type ReadText, readText } from "./control-groups.ts";

/**
 * Processors that this process may keep busy, as a decimal: the least of its control groups' quotas (v1 and v2) and
 * the processors it may run on. `availableParallelism()` alone rounds a quota to whole processors, and 1.5 beside 1 is
 * a difference between two variants.
 */
export function readCpuLimit(read: ReadText = readText, processors = availableParallelism()): number {
  const quotas = findControlGroups("cpu", read).map(({ version, directory }) => {
    const file = (name: string) => read(posix.join(directory, name))?.trim() ?? "";
    // Version 2 has both numbers in one file, `quota period`, in microseconds (the kernel's cgroup-v2.rst).
    return parseQuota(
      version === 2 ? file("cpu.max") : `${file("cpu.cfs_quota_us")} ${file("cpu.cfs_period_us")}`,
    );
  });
  return Math.min(processors, ...quotas);
}

/** `max` (version 2) and `-1` (version 1) are no quota. */
function parseQuota(text: string): number {
  const [, quota, period] = /^(\d+) (\d+)$/.exec(text) ?? [];
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? cores : Number.POSITIVE_INFINITY;
}
