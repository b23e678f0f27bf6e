import { bucketLabel, type OutcomeMetrics } from "../metrics/outcome-metrics.ts";
import type { Series } from "../metrics/series.ts";
import { NO_NAME, nameCode } from "./name-code.ts";
import { readPrediction } from "./prediction.ts";
import type { TokenSeal } from "./token.ts";
import { complete, draftOf, UNCOUNTED_BUCKET } from "./token-layout.ts";

/** What every prediction whose label is none of `outcomes.labels` is counted as. */
export const OTHER_LABEL = "other";

export interface IssuerOptions {
  readonly experiment: string;
  readonly phase: number;
  readonly variant: string;
  /** The effective ones of all variants, in file order. */
  readonly weights: readonly number[];
  readonly stratum: string;
  /** Labels that are told apart; without any, nobody reports the true one and predicted ones are left out. */
  readonly labels: readonly string[];
  readonly seal: TokenSeal;
  readonly metrics: OutcomeMetrics;
  readonly now: () => number;
}

const bytesOf = (code: string): Uint8Array => Buffer.from(code, "latin1");
const NO_LABEL = bytesOf(NO_NAME);

interface Label {
  readonly code: Uint8Array;
  readonly name: string;
  /** By analysis bucket, from their first count on. */
  readonly counted: (Series | undefined)[];
}

/** Gives the tokens of one variant of one generation. */
export class TokenIssuer {
  readonly #options: IssuerOptions;
  /** Everything but what differs from request to request; written over by each. */
  readonly #draft: Buffer;
  readonly #labels: ReadonlyMap<string, Label>;
  readonly #other: Label | undefined;
  readonly #issued: Series;
  /** Written over by each. */
  readonly #rest = { analysisBucket: 0, label: NO_LABEL, score: Number.NaN, issuedAt: 0 };

  constructor(options: IssuerOptions) {
    const { experiment, phase, variant, weights, labels, metrics } = options;
    this.#options = options;
    this.#draft = draftOf({
      experiment: nameCode(experiment),
      phase,
      variant: nameCode(variant),
      weights,
    });
    const labelOf = (name: string): Label => ({ code: bytesOf(nameCode(name)), name, counted: [] });
    this.#labels = new Map(labels.map((name) => [name, labelOf(name)]));
    this.#other = labels.length === 0 ? undefined : (this.#labels.get(OTHER_LABEL) ?? labelOf(OTHER_LABEL));
    this.#issued = metrics.tokens.series();
  }

  /**
   * @param analysisBucket `UNCOUNTED_BUCKET` for an answer whose outcomes do not count
   * @param prediction what the service's header says, where it has one
   */
  issue(analysisBucket: number, prediction: string | undefined): string {
    const rest = this.#rest;
    rest.analysisBucket = analysisBucket;
    rest.label = NO_LABEL;
    rest.score = Number.NaN;
    rest.issuedAt = this.#options.now();
    if (prediction !== undefined) this.#note(analysisBucket, prediction);
    complete(this.#draft, rest);
    this.#issued.value++;
    return this.#options.seal.seal(this.#draft);
  }

  #note(analysisBucket: number, value: string): void {
    const prediction = readPrediction(value);
    if (prediction === undefined) return;
    if (prediction.label === "") {
      this.#rest.score = prediction.score;
      return;
    }
    const label = this.#labels.get(prediction.label) ?? this.#other;
    if (label === undefined) return;
    this.#rest.label = label.code;
    this.#rest.score = prediction.score;
    if (analysisBucket === UNCOUNTED_BUCKET) return;
    label.counted[analysisBucket] ??= this.#series(analysisBucket, label.name);
    (label.counted[analysisBucket] as Series).value++;
  }

  #series(analysisBucket: number, predicted_label: string): Series {
    const { experiment, phase, stratum, variant, metrics } = this.#options;
    return metrics.predictions.series({
      experiment,
      phase: String(phase),
      stratum,
      model_version: variant,
      bucket: bucketLabel(analysisBucket),
      predicted_label,
    });
  }
}
