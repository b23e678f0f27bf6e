import type { Config } from "../config/config.ts";
import type { Series } from "../metrics/series.ts";
import type { ShadowMetrics } from "../metrics/shadow-metrics.ts";
import type { LabelSet } from "./label-set.ts";
import type { ShadowBook } from "./shadow-book.ts";

/** Counts the shadow requests of one configuration. */
export class ShadowRecord {
  /** Of all generations. */
  readonly inFlight: Series;
  readonly #answered: Series;
  readonly #failed: Series;
  readonly #dropped: Series;
  readonly #labels: LabelSet;
  readonly #pair: (served: string, label: string, shadowLabel: string) => Series;

  /** @param shadow the variant that gets the requests */
  constructor(metrics: ShadowMetrics, book: ShadowBook, config: Config, shadow: string) {
    const { experiment, outcomes, variants } = config;
    const phase = String(experiment.phase);
    const declared = outcomes?.labels ?? [];
    const requests = (result: string) =>
      metrics.requests.series({ experiment: experiment.name, phase, model_version: shadow, result });
    this.#answered = requests("answered");
    this.#failed = requests("failed");
    this.#dropped = requests("dropped");
    this.inFlight = metrics.inFlight.series({ model_version: shadow });
    this.#labels = book.labels(experiment.name, experiment.phase, declared);
    this.#pair = (served, label, shadowLabel) =>
      metrics.predictions.series({
        experiment: experiment.name,
        phase,
        model_version: served,
        shadow_model_version: shadow,
        label,
        shadow_label: shadowLabel,
      });
    for (const { name } of variants)
      for (const label of name === shadow ? [] : declared)
        for (const shadowLabel of declared) this.#pair(name, label, shadowLabel);
  }

  answered(): void {
    this.#answered.value++;
  }

  failed(): void {
    this.#failed.value++;
  }

  dropped(): void {
    this.#dropped.value++;
  }

  /** Both answered. @param served name of the variant that answered the caller */
  predicted(served: string, label: string, shadowLabel: string): void {
    this.#pair(served, this.#labels.nameOf(label), this.#labels.nameOf(shadowLabel)).value++;
  }
}
