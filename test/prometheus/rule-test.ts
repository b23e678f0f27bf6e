import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promtool, type Sample } from "./prometheus.ts";

/** The committed rules. */
export const RULES = join(import.meta.dirname, "../../prometheus");

/** What was collected: the values of each series, one every `step`, in promtool's notation. */
export type Collected = Readonly<Record<string, string>>;

export interface Situation {
  /** Below `rules`, such as `rules/slo.yml`. */
  readonly file: string;
  /** The folder with `rules/` and `alerts/`; left out: the committed ones. */
  readonly rules?: string;
  readonly collected: Collected;
  /** Between two values. */
  readonly step: string;
  /** Between two evaluations; left out: the same. */
  readonly evaluation?: string;
}

/** A counter: how much it rises at each step, and for how many steps; `"reset"` is a process that starts again. */
export function rising(...stretches: readonly (readonly [number, number] | "reset")[]): string {
  let value = 0;
  const written = stretches.flatMap((stretch) => {
    if (stretch === "reset") {
      value = 0;
      return [];
    }
    const [rise, steps] = stretch;
    const from = value;
    value += rise * steps;
    return `${from}+${rise}x${steps - 1}`;
  });
  return written.join(" ");
}

/** A gauge: its value, and for how many steps. */
export function standing(...stretches: readonly (readonly [number, number])[]): string {
  return stretches.map(([value, steps]) => `${value}+0x${steps - 1}`).join(" ");
}

/** Nothing is collected for so many steps. */
export function missing(steps: number): string {
  return `_x${steps}`;
}

/** Evaluates the rules of a situation in promtool and asks what an expression is then. */
export function evaluate(situation: Situation, expression: string, at: string): readonly Sample[] {
  const { file, rules = RULES, collected, step, evaluation = step } = situation;
  const folder = mkdtempSync(join(tmpdir(), "blindsplit-rules-"));
  try {
    const path = join(folder, "test.json");
    const series = Object.entries(collected).map(([name, values]) => ({ series: name, values }));
    const content = {
      rule_files: [join(rules, file)],
      evaluation_interval: evaluation,
      // No expectation is given, so every series found is reported as one too many, with its value.
      tests: [
        { interval: step, input_series: series, promql_expr_test: [{ expr: expression, eval_time: at }] },
      ],
    };
    writeFileSync(path, JSON.stringify(content));
    return readReport(promtool(["test", "rules", path]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readReport({ status, said }: ReturnType<typeof promtool>): readonly Sample[] {
  const [, got] = said.split(/^\s*got:/m);
  if (got === undefined) {
    assert.equal(status, 0, said);
    return [];
  }
  return [...got.matchAll(/\{([^{}]*)\} ([-+.\w]+)/g)].map(([, labels = "", value]) => ({
    labels: Object.fromEntries([...labels.matchAll(/(\w+)="(.*?)"/g)].map(([, name, text]) => [name, text])),
    value: Number(value),
  }));
}

/** The alerts of the file that fire then, with their labels. */
export function firing(situation: Situation, at: string): readonly Readonly<Record<string, string>>[] {
  return evaluate(situation, 'ALERTS{alertstate="firing", alertname!="DeadMansSwitch"}', at).map(
    ({ labels: { __name__, alertstate, ...labels } }) => labels,
  );
}
