import { readFileSync } from "node:fs";
import { posix } from "node:path";

/** A file's content, undefined where there is none. */
export type ReadText = (path: string) => string | undefined;

/** A controller of version 1, mounted below its own name; version 2 has one mount for all. */
export type Controller = "memory" | "cpu";

/** A directory that may hold a limit of this process, and which version's files are in it. */
export interface ControlGroup {
  readonly version: 1 | 2;
  readonly directory: string;
}

const MOUNT = "/sys/fs/cgroup";

/** Every control group whose limits bind this process: its own and all above it, of both versions. */
export function findControlGroups(controller: Controller, read: ReadText): ControlGroup[] {
  return groupsOf(read("/proc/self/cgroup") ?? "", controller).flatMap(({ version, path }) => {
    const mount = version === 2 ? MOUNT : posix.join(MOUNT, controller);
    return withParents(path).map((group) => ({ version, directory: posix.join(mount, group) }));
  });
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Lines are `id:controllers:path`; version 2 has one, with the id 0 and no controllers (cgroups(7)). */
function groupsOf(text: string, controller: Controller): { version: 1 | 2; path: string }[] {
  return text.split("\n").flatMap((line) => {
    const [, id, controllers = "", path = ""] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (id === "0" && controllers === "") return { version: 2, path };
    return controllers.split(",").includes(controller) ? { version: 1, path } : [];
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
