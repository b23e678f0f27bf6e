import type { MaskedVerdict } from "../verdict/masked-verdict.ts";
import type { Estimate, Verdict } from "../verdict/verdict.ts";
import type { Metric, Pair } from "./client.ts";

type AnyVerdict = Verdict | MaskedVerdict;

/** What was laid down beforehand. */
export function paramsOf(verdict: AnyVerdict): Pair[] {
  const { experiment, phase, metric, direction, margin, alpha } = verdict;
  return [
    { key: "experiment", value: experiment },
    { key: "phase", value: String(phase) },
    { key: "metric", value: metric },
    { key: "direction", value: direction },
    { key: "margin", value: String(margin) },
    { key: "alpha", value: String(alpha) },
    { key: "variants", value: namesOf(verdict).join(", ") },
    ...("masked" in verdict
      ? []
      : [{ key: "control", value: verdict.variants.find(({ role }) => role === "control")?.name ?? "" }]),
  ];
}

export function tagsOf(verdict: AnyVerdict, line: string): Pair[] {
  return [
    { key: "blindsplit.answer", value: verdict.answer },
    { key: "blindsplit.verdict", value: line },
    { key: "blindsplit.masked", value: String("masked" in verdict) },
    { key: "blindsplit.config_hash", value: verdict.configHashes.join(",") },
    { key: "blindsplit.analysis_hash", value: verdict.analysisHash },
    { key: "blindsplit.looked_at", value: new Date(verdict.at).toISOString() },
    { key: "mlflow.note.content", value: `${line}\n\n${verdict.headline}` },
  ];
}

/** Everything that is a finite number; MLflow's charts show the looks as steps. */
export function metricsOf(verdict: AnyVerdict): Metric[] {
  const { at, looks, validity, daysLeft } = verdict;
  const now = (key: string, value: number | null): Metric[] =>
    value === null || !Number.isFinite(value) ? [] : [{ key: keyOf(key), value, timestamp: at, step: looks }];
  return [
    ...now("looks", looks),
    ...now("days_left", daysLeft),
    ...now("sample_ratio_log_likelihood_ratio", validity.sampleRatio.logLikelihoodRatio),
    ...now("largest_bucket_share", validity.whale.largestShare),
    ...now("missing_steps", validity.missing.steps),
    ...now("contaminated_requests", validity.contamination.requests),
    ...("masked" in verdict ? maskedMetrics(verdict, now) : openMetrics(verdict, now)),
  ];
}

type Now = (key: string, value: number | null) => Metric[];

function maskedMetrics(verdict: MaskedVerdict, now: Now): Metric[] {
  return [
    ...now("exposures", verdict.exposures),
    ...verdict.comparisons.flatMap(
      ({ metric, pair, difference, history, pValue, logLikelihoodRatio, values }) => [
        ...now(`p_value/${metric}/${pair}`, pValue),
        ...now(`log_likelihood_ratio/${metric}/${pair}`, logLikelihoodRatio),
        ...Object.entries(values ?? {}).flatMap(([letter, value]) => now(`${metric}/${letter}`, value)),
        ...(history.length > 0
          ? looksOf(`${metric}/${pair}`, history)
          : differenceOf(`${metric}/${pair}`, difference, now)),
      ],
    ),
  ];
}

function openMetrics(verdict: Verdict, now: Now): Metric[] {
  return [
    ...verdict.variants.flatMap(({ name, exposures, expected, errors, slow, coverage, classification }) => [
      ...now(`exposures/${name}`, exposures),
      ...now(`expected_exposures/${name}`, expected),
      ...now(`errors/${name}`, errors),
      ...now(`slow/${name}`, slow),
      ...now(`coverage/${name}`, coverage?.value ?? null),
      ...now(`accuracy/${name}`, classification?.accuracy.value ?? null),
      ...now(`macro_recall/${name}`, classification?.macroRecall.value ?? null),
      ...now(`macro_f1/${name}`, classification?.macroF1.value ?? null),
    ]),
    ...verdict.comparisons.flatMap(({ treatment, control, metrics }) =>
      metrics.flatMap(({ metric, kind, difference, history, pValue, logLikelihoodRatio }) => {
        const of = `${kind}/${metric}/${treatment}-${control}`;
        return [
          ...now(`p_value/${of}`, pValue),
          ...now(`log_likelihood_ratio/${of}`, logLikelihoodRatio),
          ...(history.length > 0 ? looksOf(of, history) : differenceOf(of, difference, now)),
        ];
      }),
    ),
    ...verdict.costs.flatMap((cost) => [
      ...now(`latency_mean_seconds/${cost.variant}`, cost.meanLatencySeconds),
      ...now(`latency_p99_seconds/${cost.variant}`, cost.p99LatencySeconds),
      ...now(`memory_bytes/${cost.variant}`, cost.residentBytes),
      ...now(`cpu_seconds_per_thousand/${cost.variant}`, cost.cpuSecondsPerThousand),
    ]),
  ];
}

const ENDS = { difference: "value", difference_low: "low", difference_high: "high" } as const;

function differenceOf(name: string, difference: Estimate | null, now: Now): Metric[] {
  if (difference === null) return [];
  return Object.entries(ENDS).flatMap(([kind, end]) => now(`${kind}/${name}`, difference[end]));
}

function looksOf(
  name: string,
  history: readonly { readonly at: number; readonly difference: Estimate }[],
): Metric[] {
  return Object.entries(ENDS).flatMap(([kind, end]) =>
    history.flatMap(({ at, difference }, step) => {
      const value = difference[end];
      return Number.isFinite(value) ? [{ key: keyOf(`${kind}/${name}`), value, timestamp: at, step }] : [];
    }),
  );
}

function namesOf(verdict: AnyVerdict): readonly string[] {
  return "masked" in verdict ? verdict.letters : verdict.variants.map(({ name }) => name);
}

/** What every store of MLflow takes in a name. */
function keyOf(name: string): string {
  return name.replace(/[^\w./ -]/g, "_").slice(0, 250);
}
