import { parseArgs } from "node:util";
import { parseScale } from "./duration.ts";
import type { RuleOptions } from "./files.ts";

export interface Options extends RuleOptions {
  /** Where `rules/` and `alerts/` go; left out: the repository's `prometheus/`. */
  readonly out?: string;
}

export const USAGE = `Writes Prometheus's rules and alerts.

usage: node_modules/.bin/node prometheus/src/main.ts [options]

  --time-scale S   what a second of the windows lasts: a number above 0 and at most 1, or a fraction such as 1/30 [1]
  --runbooks URL   where the alerts' runbook_url leads [prometheus/runbooks]
  --out DIR        where rules/ and alerts/ are written [prometheus]
`;

/** @throws Error with what is wrong and what to write instead; `undefined` asks for the usage. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      "time-scale": { type: "string", default: "1" },
      runbooks: { type: "string" },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    timeScale: parseScale(values["time-scale"]),
    ...(values.runbooks !== undefined && { runbooks: values.runbooks }),
    ...(values.out !== undefined && { out: values.out }),
  };
}
