import type { Configuration } from "./configuration.ts";
import { inhibitions } from "./inhibitions.ts";
import { DRILL_URL } from "./read-settings.ts";
import { buildReceivers } from "./receivers.ts";
import { buildRoute } from "./routes.ts";
import type { Settings } from "./settings.ts";
import { createPace } from "./timing.ts";

/** @param options.timeScale how long a second of real life lasts, in seconds: 1/30 makes five minutes ten seconds */
export function buildConfiguration(options: {
  readonly settings: Settings;
  readonly timeScale: number;
}): Configuration {
  return {
    route: buildRoute(createPace(options.timeScale)),
    inhibit_rules: inhibitions,
    receivers: buildReceivers(options.settings),
  };
}

/** As Alertmanager reads it: every JSON text is a YAML text, and writing JSON needs no package. */
export function writeConfiguration(configuration: Configuration): string {
  return `${JSON.stringify(configuration, undefined, 2)}\n`;
}

/** The committed `prometheus/alertmanager.yml`: nobody's secrets, so only the drill is delivered. */
export function writeCommittedConfiguration(): string {
  const settings = { drill: DRILL_URL, webhooks: {} };
  return [
    "# Written by npm run generate, without secrets: only drills are delivered. With secrets, from the environment:",
    "# node prometheus/src/alertmanager/main.ts --out FILE",
    writeConfiguration(buildConfiguration({ settings, timeScale: 1 })),
  ].join("\n");
}
