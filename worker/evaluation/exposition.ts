/**
 * Reads the Prometheus text exposition format, version 0.0.4.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** Everything one scrape said, by series. */
export interface Scrape {
  readonly samples: ReadonlyMap<string, Sample>;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:[ \t]*\{(.*)\})?[ \t]*(?<=[ \t}])(\S+)(?:[ \t]+-?\d+)?[ \t]*$/;
const LABEL = /[ \t]*([a-zA-Z_]\w*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,|$)/gy;

/** Throws `SyntaxError` with the line number on anything that is not the format. */
export function parseExposition(text: string): Scrape {
  const samples = new Map<string, Sample>();
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, name, labelText, valueText] = SAMPLE.exec(line) ?? [];
    const labels = parseLabels((labelText ?? "").trimEnd());
    const value = parseValue(valueText ?? "");
    if (name === undefined || labels === undefined || value === undefined) {
      throw new SyntaxError(`line ${index + 1} is no Prometheus sample: ${line.slice(0, 80)}`);
    }
    samples.set(seriesKey(name, labels), { name, labels, value });
  }
  return { samples };
}

function parseLabels(text: string): Map<string, string> | undefined {
  const labels = new Map<string, string>();
  let read = 0;
  // Sticky: the matches follow each other without a gap, and what they leave unread is no label.
  for (const [all, name = "", value = ""] of text.matchAll(LABEL)) {
    labels.set(
      name,
      value.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped)),
    );
    read += all.length;
  }
  return read === text.length ? labels : undefined;
}

function parseValue(text: string): number | undefined {
  if (/^[+-]?Inf$/i.test(text))
    return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^NaN$/i.test(text)) return Number.NaN;
  const value = text === "" ? Number.NaN : Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function seriesKey(name: string, labels: ReadonlyMap<string, string>): string {
  return JSON.stringify([name, [...labels].sort(([a], [b]) => (a < b ? -1 : 1))]);
}

export function samplesOf(scrape: Scrape, name: string): Sample[] {
  return [...scrape.samples.values()].filter((sample) => sample.name === name);
}

/**
 * What happened between two scrapes of one process, for counters and histograms: `after - before` per series.
 * A counter that went down was restarted from zero, so all it shows now is new (Prometheus reads a reset the same way).
 */
export function increase(before: Scrape, after: Scrape): Scrape {
  const samples = new Map<string, Sample>();
  for (const [key, sample] of after.samples) {
    const earlier = before.samples.get(key)?.value ?? 0;
    samples.set(key, { ...sample, value: sample.value < earlier ? sample.value : sample.value - earlier });
  }
  return { samples };
}
