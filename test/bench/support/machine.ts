import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  /** Whether the measured core and that of the load are threads of one: then each slows the other. */
  readonly shared: boolean;
  readonly memoryGiB: number;
  readonly kernel: string;
  /** Before the run, over one minute: what else the machine had to do. */
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Where and with what the figures are measured. */
export function describeMachine(versions: Readonly<Record<string, string>>): Machine {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    shared: shareOneCore(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    load: loadavg()[0] ?? Number.NaN,
    versions,
  };
}

/** Two lines for the head of a report. */
export function machineLines(machine: Machine): readonly string[] {
  const { cpu, cores, shared, memoryGiB, kernel, date, load, versions } = machine;
  return [
    `${date}; ${cpu}, ${cores} cores${shared ? " (threads of one)" : ""}, ${memoryGiB} GiB, Linux ${kernel}, load ${load.toFixed(1)} before the run;`,
    `${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`,
  ];
}

/** Of the package in `folder`. */
export function packageVersion(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
}

/** What keeps a program on one core; with one core there is nothing to keep apart. */
export function onCore(core: number): readonly string[] {
  return availableParallelism() > 1 ? ["taskset", "-c", String(core)] : [];
}

function shareOneCore(): boolean {
  try {
    const siblings = readFileSync("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "latin1");
    return /\b0[-,]1\b/.test(siblings);
  } catch {
    return false;
  }
}
