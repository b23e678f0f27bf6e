import { open } from "node:fs/promises";
import { CommandError } from "../../../proxy/src/command/arguments.ts";
import type { Terminal } from "../../../proxy/src/command/terminal.ts";
import type { Config } from "../../../proxy/src/config/config.ts";
import { ConfigError } from "../../../proxy/src/config/problem.ts";
import { loadSettings } from "../judge/settings.ts";
import type { MaskedVerdict } from "../verdict/masked-verdict.ts";
import type { Verdict } from "../verdict/verdict.ts";
import { decisionLogOf, logUnblinding } from "./decision-log.ts";
import { sendDaily } from "./delivery/daily.ts";
import { createDelivery } from "./delivery/delivery.ts";
import { exitCodeOf } from "./exit-code.ts";
import { HELP, parseOptions, type ReportOptions } from "./options.ts";
import { documentOf, render } from "./render.ts";
import { overridesOf } from "./source/overrides.ts";
import { findVerdict } from "./source/source.ts";
import type { Look } from "./text/terminal.ts";

const PLAIN: Look = { width: 80, isColored: false };
/** What names the variants is for who gave the reason. */
const OWNER_ONLY = 0o600;
/** Looks that may be missed before a verdict is called old. */
const LATE_STEPS = 3;

/** `blindsplit report`. */
export async function report(argv: readonly string[], terminal: Terminal): Promise<number> {
  const options = parseOptions(argv, terminal.env);
  if (options === undefined) {
    terminal.write(HELP);
    return 0;
  }
  const read = async () =>
    (await loadSettings(options.configFile, overridesOf([], terminal.env), terminal.env)).config;
  const { alertmanager, daily } = options;
  if (alertmanager === undefined) {
    const config = await read();
    return publish(await find(options, config, terminal), options, config, terminal);
  }
  const delivery = createDelivery(alertmanager, {
    read,
    find: (config) => findVerdict("masked", { options, config, terminal }),
    publish: (verdict, config) => publish(verdict, options, config, terminal),
    now: terminal.now,
    complain: (text) => terminal.complain(text),
  });
  if (daily === undefined) return delivery.send();
  await delivery.begin();
  await sendDaily(daily, {
    now: terminal.now,
    signal: terminal.stopSignal?.() ?? new AbortController().signal,
    send: () => explainFailure(delivery.send, terminal),
  });
  return 0;
}

/** One bad day must not end those that follow. */
async function explainFailure(work: () => Promise<unknown>, terminal: Terminal): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof ConfigError)) throw error;
    terminal.complain(`${error.message}\n`);
    return false;
  }
}

async function find(
  options: ReportOptions,
  config: Config,
  terminal: Terminal,
): Promise<Verdict | MaskedVerdict> {
  const { reason } = options;
  const sought = { options, config, terminal };
  if (reason === undefined) return findVerdict("masked", sought);
  const verdict = await findVerdict("open", sought);
  await logUnblinding(decisionLogOf(stateOf(options, config)), {
    verdict,
    reason,
    now: terminal.now(),
  });
  return verdict;
}

/** Shows the report, or writes it, and keeps it where runs are kept. */
async function publish(
  verdict: Verdict | MaskedVerdict,
  options: ReportOptions,
  config: Config,
  terminal: Terminal,
): Promise<number> {
  const { format, out, mlflow, at, reason, isDecisionRequired } = options;
  if (at === undefined) complainOfAge(verdict, config, terminal);
  if (out === undefined) terminal.write(render(verdict, format, lookOf(terminal)));
  else {
    await writeReport(out, render(verdict, format, PLAIN), reason !== undefined);
    terminal.write(`${documentOf(verdict).line}\n`);
  }
  if (mlflow !== undefined) {
    const { logRun } = await import("../mlflow/run.ts");
    const run = await logRun(verdict, { url: mlflow, env: terminal.env, now: terminal.now });
    for (const note of run.notes) terminal.complain(`${note}\n`);
    terminal.complain(`kept as run ${run.id} of ${mlflow}\n`);
  }
  return exitCodeOf(verdict, isDecisionRequired);
}

function stateOf({ place }: ReportOptions, { judge }: Config): string {
  return place.kind === "state" ? place.file : judge.state;
}

/** @param isSecret for its owner alone, also where others could read what was there */
async function writeReport(path: string, text: string, isSecret: boolean): Promise<void> {
  try {
    await using file = await open(path, "w", isSecret ? OWNER_ONLY : undefined);
    // A device, such as /dev/null, stays everybody's.
    if (isSecret && (await file.stat()).isFile()) await file.chmod(OWNER_ONLY);
    await file.writeFile(text);
  } catch (error) {
    throw new CommandError(
      `the report cannot be written to ${path} (${(error as Error).message}): name another file with --out`,
      { cause: error },
    );
  }
}

/** Without a terminal's width: 80 columns and no colours, as for a file. @see https://no-color.org */
function lookOf({ columns, env }: Terminal): Look {
  const isColored = columns !== undefined && !env.NO_COLOR && env.TERM !== "dumb";
  return { width: columns ?? (Number(env.COLUMNS) || PLAIN.width), isColored };
}

function complainOfAge({ at }: { readonly at: number }, { judge }: Config, terminal: Terminal): void {
  const steps = (terminal.now() - at) / judge.stepMs;
  if (steps <= LATE_STEPS) return;
  terminal.complain(
    `the last look was at ${new Date(at).toISOString()}, ${Math.floor(steps)} steps of ${judge.stepMs / 1_000} s ago: does the judge run?\n`,
  );
}
