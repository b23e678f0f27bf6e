import { readFileSync } from "node:fs";
import { readCpuLimit } from "./cpu-limit.ts";
import { readMemoryLimit } from "./memory-limit.ts";

/** What is read of Node's `process`, which only main.ts has. */
export type ProcessUsage = Pick<NodeJS.Process, "cpuUsage" | "memoryUsage" | "uptime">;

/** Measurements of the process itself, each read when called. */
export interface ProcessReadings {
  /** Resident memory. */
  residentBytes(): number;
  memoryLimitBytes(): number;
  /** Processors, as a decimal. */
  cpuLimit(): number;
  cpuSeconds(): number;
  readonly startTimeSeconds: number;
}

export function createProcessReadings(usage: ProcessUsage): ProcessReadings {
  return {
    residentBytes: () => readVmRss() ?? usage.memoryUsage.rss(),
    memoryLimitBytes: () => readMemoryLimit(),
    cpuLimit: () => readCpuLimit(),
    cpuSeconds() {
      const { user, system } = usage.cpuUsage();
      return (user + system) / 1e6;
    },
    startTimeSeconds: Date.now() / 1000 - usage.uptime(),
  };
}

/**
 * VmRSS of /proc/self/status in bytes, undefined where there is no such file. `memoryUsage.rss()` reads
 * /proc/self/stat, which since Linux 6.2 may be off by some pages per processor.
 */
function readVmRss(): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
