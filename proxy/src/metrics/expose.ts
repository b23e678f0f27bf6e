import { setImmediate as nextTurn } from "node:timers/promises";
import type { Registry } from "prom-client";

/**
 * The registry in Prometheus's text format, one family in each turn of the event loop: with many variants, formatting
 * thousands of series at once would keep requests waiting. Families may be milliseconds apart.
 */
export async function expose(registry: Registry): Promise<string> {
  const families: string[] = [];
  for (const { name } of registry.getMetricsAsArray()) {
    families.push(await registry.getSingleMetricAsString(name));
    await nextTurn();
  }
  return `${families.join("\n\n")}\n`;
}
