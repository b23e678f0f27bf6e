import assert from "node:assert/strict";
import type { Config } from "../../proxy/src/config/config.ts";
import { type LoadedConfig, parseConfig } from "../../proxy/src/config/load.ts";
import type { PemTexts } from "../../proxy/src/config/pem.ts";
import { ConfigError } from "../../proxy/src/config/problem.ts";

interface Rest {
  /** The YAML list of the only variant's upstreams. */
  readonly upstreams?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly pemTexts?: PemTexts;
}

/** A configuration of one variant; `more` is the YAML of further sections. */
export function loadExperiment(
  more: string,
  { upstreams = '["http://a"]', env = {}, pemTexts }: Rest = {},
): LoadedConfig {
  const text = `experiment: { name: x }\nvariants: [{ name: a, weight: 100, upstreams: ${upstreams} }]\n${more}\n`;
  return parseConfig(text, "x.yaml", {}, env, pemTexts);
}

export function parseExperiment(more: string, rest: Rest = {}): Config {
  return loadExperiment(more, rest).config;
}

/** The upstreams of the only variant. */
export function parseUpstreams(upstreams: string, pemTexts: PemTexts = new Map()) {
  return parseExperiment("", { upstreams, pemTexts }).variants[0]?.upstreams;
}

/** What is wrong with it, each as `path: message`. */
export function problemsOf(more: string, rest: Rest = {}): string[] {
  try {
    parseExperiment(more, rest);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { line, column } of error.problems) assert.ok(line !== undefined && column !== undefined);
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

/** Every flaw is the only one of its YAML. */
export function refuseEach(
  flaws: readonly (readonly [string, RegExp])[],
  wrap = (yaml: string): readonly [string, Rest?] => [yaml],
) {
  for (const [yaml, expected] of flaws) {
    const problems = problemsOf(...wrap(yaml));
    assert.equal(problems.length, 1, `${yaml}\n${problems.join("\n")}`);
    assert.match(problems[0] ?? "", expected, yaml);
  }
}
