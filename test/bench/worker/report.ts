import { type Machine, machineLines } from "../support/machine.ts";
import { type Column, figure, table } from "../support/markdown.ts";
import { CONTESTANTS, type Contestant } from "./contestants.ts";
import type { Model } from "./model.ts";
import type { Comparison } from "./proof.ts";
import { BARE, BARE_SINGLE } from "./rounds.ts";
import type { Row } from "./summary.ts";
import type { WorkerVerdict } from "./verdict.ts";

/** Everything that was found out about one model. */
export interface ModelReport {
  readonly model: Model;
  readonly rows: readonly Row[];
  /** Predictions per second of CPU of the bare runtime by batch size. */
  readonly tries: readonly (readonly [number, number])[];
  readonly batch: number;
  /** One text at a time. */
  readonly proofs: readonly (readonly [string, Comparison])[];
  readonly verdicts: readonly WorkerVerdict[];
  readonly remarks: readonly string[];
  /** Mean tokens of a text. */
  readonly meanTokens: number;
  readonly mostTokens: number;
}

export interface Report {
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
  readonly texts: string;
  readonly contestants: readonly Contestant[];
  /** The callers' core, at its busiest. */
  readonly callersShare: number;
  readonly models: readonly ModelReport[];
}

/** Above it the load generator itself may be what is measured. */
export const CALLERS_LIMIT = 0.7;
const MEGA = 1e6;

export function markdownOf(report: Report): string {
  const { machine, rounds, seconds, texts, contestants, callersShare, models } = report;
  const missing = CONTESTANTS.filter((one) => !contestants.includes(one)).map(({ name }) => name);
  const busy = `The callers used at most ${(100 * callersShare).toFixed(0)} % of their core`;
  return [
    "# What a prediction costs",
    "",
    ...machineLines(machine),
    "",
    `POST /predict with one text; each server pinned to core 0 with all its threads, the callers on core 1; ${texts};`,
    `medians of ${rounds} interleaved rounds. A slice takes ${seconds} s, and goes on until the answers are a multiple of the callers. Each`,
    "caller sends its next text when its answer is there. CPU is user and system time of the server for each prediction;",
    "/healthz was asked meanwhile over a connection of its own: how long the server's loop stood still. The same texts come again and again, and blindsplit remembers",
    "the tokens of words (its answer cache is off).",
    callersShare > CALLERS_LIMIT ? `${busy}: TOO MUCH, they may be what was measured.` : `${busy}.`,
    ...(missing.length === 0 ? [] : ["", `Left out: ${missing.join(", ")}.`]),
    "",
    ...models.flatMap((one) => section(one)),
    `- ${BARE}: onnxruntime-node alone, tokens sorted by length, in the batch that was fastest; whole passes over the texts`,
    `- ${BARE_SINGLE}: the same, one text a run`,
    ...contestants.map(({ name, about }) => `- ${name}: ${about}`),
    "",
  ].join("\n");
}

function section(report: ModelReport): readonly string[] {
  const { model, rows, tries, batch, proofs, verdicts, remarks, meanTokens, mostTokens } = report;
  const size = `${(model.graphBytes / MEGA).toFixed(1)} MB`;
  const callers = [...new Set(rows.map((row) => row.callers))];
  return [
    `## ${model.name} (${size}, texts of ${meanTokens.toFixed(1)} tokens on average, ${mostTokens} at most)`,
    "",
    ...callers.flatMap((count) => [
      `### ${count} ${count === 1 ? "caller" : "callers"}`,
      "",
      ...table(
        columns(rows, count),
        rows.filter((row) => row.callers === count),
      ),
      "",
    ]),
    ...verdicts.map(
      ({ promise, figure: ratio, least, most, reached, cpuUs: [own, other] }) =>
        `- ${reached ? "reached" : "MISSED"}: ${promise} (${ratio.toFixed(2)}; rounds ${least.toFixed(2)} to ${most.toFixed(2)}; CPU of a prediction ${own.toFixed(0)} µs beside ${other.toFixed(0)} µs)`,
    ),
    ...remarks.map((remark) => `- ${remark}`),
    `- bare runtime by batch size, predictions per second of CPU: ${tries.map(([size, rate]) => `${size}: ${rate.toFixed(1)}`).join(", ")}; ${batch} was taken`,
    ...proofs.map(([name, compared]) => `- ${proofLine(name, compared)}`),
    ...(model.hasWeights
      ? []
      : [
          "- fastapi-pytorch, if it ran, had fresh weights of this architecture, as the directory has none for PyTorch: its answers were not compared",
        ]),
    "",
  ];
}

function proofLine(name: string, { texts, largest, otherLabels }: Comparison): string {
  const one = CONTESTANTS.find((contestant) => contestant.name === name);
  return `${name} answers ${texts} single texts as a bare run of the ${one?.isFloat ? "float32" : "same"} graph does: scores off by at most ${largest.toExponential(1)} (tolerance ${one?.tolerance.toExponential()}), ${otherLabels} other labels`;
}

function columns(rows: readonly Row[], callers: number): readonly Column<Row>[] {
  const bare = rows.find((row) => row.callers === callers && [BARE, BARE_SINGLE].includes(row.contestant));
  const ratio: Column<Row> = [
    `÷ ${bare?.contestant}`,
    ({ perSecond }) => figure(perSecond / (bare?.perSecond ?? Number.NaN), 2),
  ];
  const thirty: Column<Row> = ["p50 ms, 28-32 tokens", ({ thirtyMs }) => figure(thirtyMs, 2)];
  return [
    ["", ({ contestant }) => contestant],
    ["predictions/s", ({ perSecond }) => figure(perSecond, 1)],
    ...(bare === undefined ? [] : [ratio]),
    ["CPU µs", ({ cpuUs }) => figure(cpuUs)],
    ["p50 ms", ({ p50Ms, contestant }) => (contestant === BARE ? undefined : figure(p50Ms, 2))],
    ["p99 ms", ({ p99Ms, contestant }) => (contestant === BARE ? undefined : figure(p99Ms, 2))],
    ...(callers === 1 ? [thirty] : []),
    ["/healthz p99 ms", ({ healthP99Ms }) => figure(healthP99Ms, 1)],
    ["RSS MB", ({ residentBytes }) => figure(residentBytes === undefined ? undefined : residentBytes / MEGA)],
    ["other label", ({ otherLabel }) => figure(otherLabel)],
    ["failed", ({ failed }) => figure(failed)],
  ];
}
