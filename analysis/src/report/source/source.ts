import { CommandError } from "../../../../proxy/src/command/arguments.ts";
import type { Terminal } from "../../../../proxy/src/command/terminal.ts";
import type { Config } from "../../../../proxy/src/config/config.ts";
import { lettersOf } from "../../../../proxy/src/experiment/letters.ts";
import { maskVerdict } from "../../verdict/mask.ts";
import type { MaskedVerdict } from "../../verdict/masked-verdict.ts";
import type { Verdict } from "../../verdict/verdict.ts";
import { UnreachableError } from "../ask.ts";
import type { ReportOptions } from "../options.ts";
import { askJudge, judgeUrlOf } from "./judge.ts";
import { lookAtPrometheus } from "./prometheus.ts";
import { readState } from "./state.ts";

export type Wanted = "masked" | "open";
export type Found<W extends Wanted> = W extends "open" ? Verdict : MaskedVerdict;

export interface Sought {
  readonly options: Pick<ReportOptions, "configFile" | "place" | "at">;
  readonly config: Config;
  readonly terminal: Terminal;
}

/**
 * The last verdict, masked unless it is wanted open. A judge is asked for what is wanted alone: where the report runs
 * elsewhere, nothing more leaves it.
 *
 * @throws CommandError
 */
export async function findVerdict<W extends Wanted>(wanted: W, sought: Sought): Promise<Found<W>> {
  const { options, config } = sought;
  const { place, at } = options;
  const show = (verdict: Verdict): Found<W> =>
    (wanted === "open" ? verdict : mask(verdict, config)) as Found<W>;
  if (at !== undefined) return show(await lookAtPrometheus(sought));
  switch (place.kind) {
    case "judge":
      return explained(() => askJudge(wanted, place.url, config));
    case "state":
      return show(await readState(place.file, config));
    case "prometheus":
      return show(await lookAtPrometheus(sought));
    case "any":
      return findAnywhere(wanted, sought, show);
  }
}

/** Only a judge that is not there leads to its file: what it answers holds, even if that is a refusal. */
async function findAnywhere<W extends Wanted>(
  wanted: W,
  sought: Sought,
  show: (verdict: Verdict) => Found<W>,
): Promise<Found<W>> {
  const { config, terminal } = sought;
  const tried: string[] = [];
  const url = judgeUrlOf(config);
  if (url !== undefined)
    try {
      return await askJudge(wanted, url, config);
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      tried.push(error.message);
    }
  try {
    const verdict = await readState(config.judge.state, config);
    terminal.complain(`${tried.join("; ")}: this is of the judge's file ${config.judge.state}\n`);
    return show(verdict);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    tried.push(error.message);
  }
  if (config.judge.prometheus !== undefined) return show(await lookAtPrometheus(sought));
  throw new CommandError(
    `no verdict was found: ${tried.join("; ")}. Start a judge (npm run judge), or name where to read with --judge, --state or --prometheus`,
  );
}

/** Its variants may be those of another time. */
function mask(verdict: Verdict, config: Config): MaskedVerdict {
  try {
    return maskVerdict(verdict, lettersOf(config));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CommandError(error.message, { cause: error });
  }
}

async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    throw new CommandError(`${error.message}: start it, or read its file with --state`, { cause: error });
  }
}
