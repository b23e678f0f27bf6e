import { type LoadedConfig, loadConfig } from "../config/load.ts";
import { ConfigError, type Problem } from "../config/problem.ts";
import { readArguments, UsageError } from "./arguments.ts";
import { type Comparison, compare } from "./comparison.ts";
import { rehearse } from "./rehearsal.ts";
import { reportComparison, reportSummary } from "./report.ts";
import { type Summary, summarise } from "./summary.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `Checks a configuration as the gateway does, without starting anything

Usage: blindsplit check [--json] FILE         is it valid, and what does it do?
       blindsplit check [--json] OLD NEW      which users move from which variant to which? is a new phase needed?

  --json   for programs
  --help

Variables that the file names are taken from the environment, as the gateway does. Exit code 0: valid; 1: not valid, every
problem is on standard error; 2: the command was called wrongly.
`;

/** `check FILE` and `check OLD NEW`. */
export async function check(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments({
    args: [...argv],
    allowPositionals: true,
    options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) {
    terminal.write(HELP);
    return 0;
  }
  const [file, newFile] = positionals;
  if (file === undefined || positionals.length > 2)
    throw new UsageError(
      `check takes one file, or an old and a new one, and got ${positionals.length} of them`,
    );
  const asJson = values.json === true;
  const checked = await Promise.all(positionals.map((name) => load(name, terminal.env)));
  const broken = checked.flatMap((outcome) => (outcome instanceof ConfigError ? [outcome] : []));
  if (broken.length > 0) {
    if (asJson) terminal.write(toJson({ valid: false, problems: broken.flatMap(describeProblems) }));
    for (const { message } of broken) terminal.complain(`${message}\n`);
    return 1;
  }
  const [current, next] = checked.flatMap((outcome) => (outcome instanceof ConfigError ? [] : [outcome]));
  if (current === undefined) return 1;
  const now = terminal.now();
  if (next === undefined || newFile === undefined) {
    const summary = summarise(current, now);
    terminal.write(asJson ? toJson({ valid: true, ...describeSummary(summary) }) : reportSummary(summary));
    return 0;
  }
  const comparison = compare(current.config, next.config, now);
  const summary = summarise(next, now);
  terminal.write(
    asJson
      ? toJson({
          valid: true,
          old: describeSummary(summarise(current, now)),
          new: describeSummary(summary),
          ...describeComparison(comparison),
        })
      : reportComparison(file, summary, comparison),
  );
  return 0;
}

async function load(file: string, env: Terminal["env"]): Promise<LoadedConfig | ConfigError> {
  try {
    const loaded = await loadConfig(file, {}, env);
    const flaws = rehearse(loaded.config);
    if (flaws.length === 0) return loaded;
    return new ConfigError(
      file,
      flaws.map((flaw) => ({ ...flaw, line: undefined, column: undefined })),
    );
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

function describeProblems({ file, problems }: ConfigError): (Problem & { file: string })[] {
  return problems.map((problem) => ({ file, ...problem }));
}

function describeSummary({ variants, force, ...summary }: Summary): object {
  return {
    ...summary,
    force: force ?? null,
    variants: variants.map(({ firstBucket, lastBucket, ...variant }) => ({
      ...variant,
      first_bucket: firstBucket ?? null,
      last_bucket: lastBucket ?? null,
    })),
  };
}

function describeComparison({ moves, reassignment, changes, newPhase, restarts }: Comparison): object {
  return {
    moves: moves.map(({ from, to, firstBucket, lastBucket }) => ({
      from,
      to,
      first_bucket: firstBucket,
      last_bucket: lastBucket,
    })),
    reassignment: reassignment ?? null,
    changes,
    new_phase: newPhase,
    restarts,
  };
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
