import { setImmediate as nextTurn } from "node:timers/promises";
import { type Metric, type MetricObjectWithValues, type MetricValue, Registry } from "prom-client";

/** Formatting so many takes about a millisecond. */
const SERIES_A_TURN = 250;
/** Of a family, before its first series: HELP and TYPE. */
const HEADING_LINES = 2;

type Family = MetricObjectWithValues<MetricValue<string>>;

/** What prom-client's registry asks of a metric (prom-client 15, lib/registry.js). */
interface Source {
  get(): Promise<Family>;
  /** Its own histograms. */
  getForPromString?(): Promise<Family>;
}

/**
 * The registry in Prometheus's text format, some hundred series in each turn of the event loop: with many variants,
 * formatting thousands at once would keep requests waiting. Pieces may be milliseconds apart. Default labels of the
 * registry are not written; ours has none.
 */
export async function expose(registry: Registry): Promise<string> {
  const families: string[] = [];
  for (const { name } of registry.getMetricsAsArray())
    families.push(await exposeFamily(registry.getSingleMetric(name) as unknown as Source));
  return `${families.join("\n\n")}\n`;
}

/** As prom-client writes it, which is given one piece of the family after the other. */
async function exposeFamily(source: Source): Promise<string> {
  const family = await (source.getForPromString?.() ?? source.get());
  let start = 0;
  const values = () => family.values.slice(start, start + SERIES_A_TURN);
  const press = new Registry();
  const piece = { name: family.name, get: () => Promise.resolve({ ...family, values: values() }) };
  press.registerMetric(piece as unknown as Metric);
  const pieces: string[] = [];
  do {
    const text = await press.getSingleMetricAsString(family.name);
    pieces.push(start === 0 ? text : withoutHeading(text));
    await nextTurn();
    start += SERIES_A_TURN;
  } while (start < family.values.length);
  return pieces.join("\n");
}

function withoutHeading(text: string): string {
  let begin = 0;
  for (let line = 0; line < HEADING_LINES; line++) begin = text.indexOf("\n", begin) + 1;
  return text.slice(begin);
}
