import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { constrainedMemory, cpuUsage, memoryUsage, uptime } from "node:process";
import type { EventLoopLag } from "./event-loop.ts";

/** Measurements of the process itself, each read when called. Reads only: control of it stays in main.ts. */
export interface ProcessReadings {
  /** Resident memory. */
  residentBytes(): number;
  memoryLimitBytes(): number;
  eventLoopLagSeconds(): number;
  cpuSeconds(): number;
  readonly startTimeSeconds: number;
}

export function createProcessReadings(eventLoop: EventLoopLag): ProcessReadings {
  return {
    residentBytes: () => readVmRss() ?? memoryUsage.rss(),
    memoryLimitBytes: () => memoryLimit(constrainedMemory(), totalmem()),
    eventLoopLagSeconds: () => eventLoop.p99Seconds(),
    cpuSeconds() {
      const { user, system } = cpuUsage();
      return (user + system) / 1e6;
    },
    startTimeSeconds: Date.now() / 1000 - uptime(),
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

/** @param constrained limit of the control group (v1 or v2) as Node reads it; 0 or 2⁶⁴ − 1 where there is none. */
export function memoryLimit(constrained: number | undefined, total: number): number {
  return constrained === undefined || constrained <= 0 ? total : Math.min(constrained, total);
}
