import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { CommandError, failureCode } from "../../worker/evaluation/command-error.ts";

/** A control group with a limit of memory, as a container has one. */
export interface MemoryGroup {
  /** Before a command, so that the process is in the group from its first moment on. */
  readonly prefix: readonly string[];
  /** When nobody is in it any more. */
  remove(): void;
}

const V1 = { mount: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes" };
const V2 = { mount: "/sys/fs/cgroup", limit: "memory.max" };

/** @throws CommandError where this user may not make control groups */
export function createMemoryGroup(name: string, bytes: number): MemoryGroup {
  const { mount, limit } = existsSync(V1.mount) ? V1 : V2;
  const directory = join(mount, `blindsplit-${process.pid}-${name}`);
  try {
    mkdirSync(directory);
    writeFileSync(join(directory, limit), String(bytes));
  } catch (cause) {
    throw new CommandError(
      "no_control_group",
      `${directory} cannot be made (${failureCode(cause)}): run as root, where a worker's memory can be limited`,
      { cause },
    );
  }
  return {
    prefix: ["sh", "-c", `echo $$ > ${join(directory, "cgroup.procs")} && exec "$@"`, "sh"],
    remove: () => rmdirSync(directory),
  };
}
