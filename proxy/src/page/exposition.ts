import { StringDecoder } from "node:string_decoder";
import type { Labels, Sample } from "./scrape.ts";

/** Longer lines are left out: no series of ours comes near. */
const LONGEST_LINE = 16 * 1024;
/**
 * Names of samples, so a histogram's with `_bucket`, `_sum`, `_count`. Where a text stands beside a name, lines without it
 * are passed over unread: reading labels is what costs.
 */
export type Wanted = ReadonlyMap<string, string | undefined>;

const NAME = /^[ \t]*([a-zA-Z_:][\w:]*)/;
const SAMPLE =
  /^[ \t]*[\w:]+(?:[ \t]*\{(.*)\}[ \t]*|[ \t]+)([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)(?:[ \t]+\S+)?[ \t]*$/s;
const LABEL = /[ \t]*([a-zA-Z_]\w*)[ \t]*=[ \t]*"([^"\\]*(?:\\.[^"\\]*)*)"[ \t]*(?:,[ \t]*|$)/gsy;

/**
 * Reads the Prometheus text format as it arrives, chunk by chunk, so that a long one is read in many short steps.
 * Keeps the samples of the wanted names that are finite numbers. Whoever wrote it need not be a worker of ours: what is
 * no sample is passed over, and nothing throws.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export class ExpositionReader {
  readonly #wanted: Wanted;
  readonly #decoder = new StringDecoder("utf8");
  readonly #samples: Sample[] = [];
  #line = "";
  /** Within a line that is too long: nothing counts until its end. */
  #isSkipping = false;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  /** How many there are so far. */
  get samples(): number {
    return this.#samples.length;
  }

  push(chunk: Buffer): void {
    this.#read(this.#decoder.write(chunk));
  }

  /** The samples in their order. Nothing may be pushed afterwards. */
  end(): readonly Sample[] {
    this.#read(`${this.#decoder.end()}\n`);
    return this.#samples;
  }

  #read(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      const line = this.#line + text.slice(start, end);
      if (!this.#isSkipping && line.length <= LONGEST_LINE) this.#readLine(line);
      this.#line = "";
      this.#isSkipping = false;
      start = end + 1;
    }
    if (this.#isSkipping) return;
    this.#line += text.slice(start);
    if (this.#line.length <= LONGEST_LINE) return;
    this.#line = "";
    this.#isSkipping = true;
  }

  #readLine(line: string): void {
    const sample = readSample(line, this.#wanted);
    if (sample !== undefined) this.#samples.push(sample);
  }
}

function readSample(line: string, wanted: Wanted): Sample | undefined {
  const [, name] = NAME.exec(line) ?? [];
  if (name === undefined || !wanted.has(name)) return undefined;
  if (!line.includes(wanted.get(name) ?? "")) return undefined;
  const [, labelText = "", valueText] = SAMPLE.exec(line) ?? [];
  const labels = readLabels(labelText.trim());
  const value = Number(valueText);
  return labels !== undefined && Number.isFinite(value) ? { name, labels, value } : undefined;
}

function readLabels(text: string): Labels | undefined {
  const labels: [string, string][] = [];
  let read = 0;
  // Sticky: the matches follow each other without a gap, and what they leave unread is no label.
  for (const [all, name = "", value = ""] of text.matchAll(LABEL)) {
    labels.push([name, unescaped(value)]);
    read += all.length;
  }
  return read === text.length ? Object.fromEntries(labels) : undefined;
}

function unescaped(value: string): string {
  if (!value.includes("\\")) return value;
  return value.replace(/\\(.)/gs, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}
