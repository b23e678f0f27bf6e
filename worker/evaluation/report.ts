import type { Scores } from "./confusion.ts";
import type { Evaluation, LabelScores } from "./evaluation.ts";
import { ABSENT, formatCount, formatNumber, formatSeconds, formatShare } from "./figures.ts";
import type { Paint } from "./paint.ts";
import type { RegressionScores } from "./regression.ts";
import { renderTable } from "./table.ts";

export function renderReport(evaluation: Evaluation, paint: Paint): string {
  const { scores, regression } = evaluation;
  const lines = [...describeRun(evaluation), ...describeMixture(evaluation).map(paint.warn), ""];
  if (evaluation.failed > 0) lines.push(...describeFailures(evaluation).map(paint.warn), "");
  if (scores !== null && scores.all.texts > 0) lines.push(...renderLabelScores(evaluation, scores, paint));
  if (regression !== null && regression.texts > 0) {
    lines.push(
      paint.strong(`All texts (${formatCount(regression.texts)})`),
      ...renderRegression(regression),
      "",
    );
  }
  lines.push(paint.strong("Latency"), ...renderLatency(evaluation));
  return `${lines.join("\n")}\n`;
}

function renderLabelScores(
  evaluation: Evaluation,
  { all, knownLabels }: LabelScores,
  paint: Paint,
): string[] {
  const { missingLabels: missing } = evaluation;
  const lines: string[] = [];
  if (knownLabels !== null) lines.push(...describeMissing(evaluation).map(paint.warn), "");
  const surplus = knownLabels === null ? "" : `, recall of ${missing.join(" and ")} being 0`;
  lines.push(paint.strong(`All texts (${formatCount(all.texts)}${surplus})`), ...renderScores(all), "");
  if (knownLabels !== null) {
    const title = `Only texts whose label the model knows (${formatCount(knownLabels.texts)})`;
    lines.push(paint.strong(title), ...renderScores(knownLabels), "");
  }
  lines.push(paint.strong("Confusion matrix (rows: label in the data, columns: prediction)"));
  lines.push(...renderConfusion(all), ...describeSurplus(all), ...describeSilence(all, missing), "");
  return lines;
}

function renderRegression(scores: RegressionScores): string[] {
  return [
    `  mean absolute error     ${formatNumber(scores.mae)}`,
    `  root mean square error  ${formatNumber(scores.rmse)}`,
    `  R²                      ${formatNumber(scores.r2)}   0 is what always saying the mean gets`,
    `  mean                    ${formatNumber(scores.meanPredicted)} predicted, ${formatNumber(scores.meanActual)} in the data`,
  ];
}

function describeRun({ worker, data, regression }: Evaluation): string[] {
  const revision = worker.revision === null ? "" : ` (${worker.revision})`;
  const counts = Object.entries(data.labels).map(([label, count]) => `${label} ${formatCount(count)}`);
  const model = worker.model === null ? "not named by the worker" : `${worker.model}${revision}`;
  const head = [`Worker   ${worker.url}`, `Model    ${model}`];
  if (regression !== null) {
    return [
      ...head,
      "Answers  one number for each text",
      `Data     ${data.file}: ${formatCount(data.texts)} texts`,
    ];
  }
  return [
    ...head,
    `Labels   ${worker.labels?.join(", ") ?? "not listed by the worker: those of the data and of its answers are used"}`,
    `Data     ${data.file}: ${formatCount(data.texts)} texts (${counts.join(", ")})`,
  ];
}

/** One accuracy over several models is nobody's. */
function describeMixture({ worker }: Evaluation): string[] {
  if (worker.kind === "worker") return [];
  const what =
    worker.kind === "gateway" ? "This is a gateway, not a single worker" : "Not known to be a single worker";
  return [`${what}: the figures mix whatever answers.`];
}

function describeFailures({ failures, failed, data, answered }: Evaluation): string[] {
  const reasons = Object.entries(failures).map(([reason, count]) => `${formatCount(count)} × ${reason}`);
  return [
    `${formatCount(failed)} of ${formatCount(data.texts)} texts got no prediction: ${reasons.join(", ")}.`,
    answered > 0
      ? `Every figure below is about the other ${formatCount(answered)}.`
      : "There is nothing to score.",
  ];
}

function describeMissing({ missingLabels: missing, worker, data }: Evaluation): string[] {
  const names = missing.map((label) => `"${label}"`).join(" or ");
  const hopeless = missing.reduce((sum, label) => sum + (data.labels[label] ?? 0), 0);
  return [
    `This model can never say ${names}: it has ${worker.labels?.length ?? 0} labels, the data ${Object.keys(data.labels).length}.`,
    `${formatCount(hopeless)} of ${formatCount(data.texts)} texts (${formatShare(hopeless / data.texts)}) cannot be right, whatever it answers.`,
  ];
}

/** A label the model has and the data does not: no row of its own, but answers with it are wrong ones. */
function describeSurplus(scores: Scores): string[] {
  return scores.classes
    .filter((entry) => entry.support === 0 && entry.predicted > 0)
    .map(
      (entry) =>
        `No text is labelled "${entry.label}"; its ${formatCount(entry.predicted)} predictions count as wrong.`,
    );
}

/** Nothing in the model forbids the label, as far as we know; the reader should still see that it never came. */
function describeSilence(scores: Scores, missing: readonly string[]): string[] {
  return scores.classes
    .filter((entry) => entry.support > 0 && entry.predicted === 0 && !missing.includes(entry.label))
    .map(
      (entry) => `The model never answered "${entry.label}", which ${formatCount(entry.support)} texts are.`,
    );
}

function renderScores(scores: Scores): string[] {
  const [low, high] = scores.accuracyInterval ?? [null, null];
  const present = scores.classes.filter((entry) => entry.support > 0);
  const over = `mean of ${present.map((entry) => entry.label).join(", ")}`;
  return [
    `  accuracy      ${formatShare(scores.accuracy)}   95 % interval ${formatShare(low)} to ${formatShare(high)} (Wilson)`,
    `  macro-recall  ${formatShare(scores.macroRecall)}   ${over}`,
    `  macro-F1      ${formatShare(scores.macroF1)}   ${over}`,
    ...renderTable({
      headings: ["precision", "recall", "F1", "support"],
      rows: scores.classes.map((entry) => ({
        name: `  ${entry.label}`,
        cells: [entry.precision, entry.recall, entry.f1]
          .map((value) => formatShare(value))
          .concat(formatCount(entry.support)),
      })),
    }),
  ];
}

function renderConfusion({ confusion: { labels, counts } }: Scores): string[] {
  const rows = labels.map((label, row) => ({
    name: `  ${label}`,
    cells: labels.map((_, column) => formatCount(counts[row]?.[column] ?? 0)),
  }));
  return renderTable({ headings: labels, rows });
}

function renderLatency({ roundTrip, inference, answered, concurrency, retries }: Evaluation): string[] {
  if (roundTrip === null) return [`  ${ABSENT}`];
  const lines = [
    `  P50 round trip   ${formatSeconds(roundTrip.p50)}`,
    `  P99 round trip   ${formatSeconds(roundTrip.p99)}`,
    `  mean round trip  ${formatSeconds(roundTrip.mean)}`,
    `  mean inference   ${inference === null ? `${ABSENT} (the worker exports no sentiment_inference_seconds)` : formatSeconds(inference.mean)}`,
    "  Percentiles are nearest-rank: each is a time that was measured.",
  ];
  if (concurrency > 1)
    lines.push(`  ${concurrency} texts at once: a round trip holds the wait behind the others.`);
  if (retries > 0)
    lines.push(
      `  ${formatCount(retries)} answers 429, each followed by another try; the waits are not counted.`,
    );
  if (inference !== null && inference.count > answered) {
    const others = formatCount(inference.count - answered);
    lines.push(`  The worker also ran ${others} other texts meanwhile: its mean is about those too.`);
  }
  return lines;
}
