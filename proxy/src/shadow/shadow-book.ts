import { randomBytes } from "node:crypto";
import type { Log } from "../log.ts";
import { type Disagreement, Disagreements } from "./disagreements.ts";
import { LabelSet } from "./label-set.ts";
import { SampleFile } from "./sample-file.ts";

/** What is remembered of shadow requests; lives as long as the process, so that a reload forgets nothing. */
export class ShadowBook {
  readonly disagreements = new Disagreements(randomBytes(32));
  readonly #log: Log;
  #samples: SampleFile | undefined;
  #labels = new LabelSet([]);
  #labelsOf = "";

  constructor(log: Log) {
    this.#log = log;
  }

  /** Labels for the metrics of one phase: the same set as long as it is the same phase. */
  labels(experiment: string, phase: number, declared: readonly string[]): LabelSet {
    const key = JSON.stringify([experiment, phase, declared]);
    if (key !== this.#labelsOf) {
      this.#labels = new LabelSet(declared);
      this.#labelsOf = key;
    }
    return this.#labels;
  }

  /** From now on texts go there; undefined: nowhere. One that failed before is tried anew. */
  sampleTo(path: string | undefined): void {
    const before = this.#samples;
    this.#samples = path === undefined ? undefined : new SampleFile(path, this.#log);
    void before?.close();
  }

  /** @param content the request's text or body, for the file alone */
  add(disagreement: Disagreement, content: () => object): void {
    this.disagreements.add(disagreement);
    this.#samples?.add({ ...describe(disagreement), ...content() });
  }

  async close(): Promise<void> {
    await this.#samples?.close();
  }
}

/** As `GET /shadow` and the file say it. */
export function describe({ at, request, served, shadow }: Disagreement): object {
  const said = ({ variant, label, score }: Disagreement["served"]) => ({
    model_version: variant,
    label,
    // NaN is no JSON.
    score: Number.isNaN(score) ? null : score,
  });
  return { at: new Date(at).toISOString(), request, served: said(served), shadow: said(shadow) };
}
