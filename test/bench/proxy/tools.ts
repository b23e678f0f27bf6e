import { spawnSync } from "node:child_process";
import { CommandError } from "../../../worker/evaluation/command-error.ts";
import type { Contestant } from "./contestants.ts";

/** Programs that no run can do without, and the Debian packages that bring them. */
const ALWAYS = { nginx: "nginx-light", wrk: "wrk", h2load: "nghttp2-client", taskset: "util-linux" } as const;

/** Throws with the name of everything that is missing and how it is installed. */
export function findTools(contestants: readonly Contestant[]): void {
  const needed = new Map<string, string>(Object.entries(ALWAYS));
  for (const { name, debian } of contestants) if (debian !== undefined) needed.set(name, debian);
  const missing = [...needed].filter(([program]) => spawnSync("which", [program]).status !== 0);
  if (missing.length === 0) return;
  const names = missing.map(([program]) => program).join(", ");
  const packages = missing.map(([, debian]) => debian).join(" ");
  throw new CommandError(
    "missing_tools",
    `not installed: ${names}; run apt-get install ${packages}, or leave contestants out with --without NAME`,
  );
}
