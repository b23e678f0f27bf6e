import { readFile } from "node:fs/promises";
import { z } from "zod";
import { CommandError } from "../../../../proxy/src/command/arguments.ts";
import type { Config } from "../../../../proxy/src/config/config.ts";
import type { Verdict } from "../../verdict/verdict.ts";
import { verdictSchema } from "./verdict-schema.ts";

const schema = z.object({ version: z.literal(1), experiment: z.string(), verdict: verdictSchema.nullable() });

/**
 * The last verdict of a judge's state file, which is left as it is.
 *
 * @throws CommandError where there is none of this experiment and phase
 */
export async function readState(file: string, { experiment }: Config): Promise<Verdict> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new CommandError(`the state file ${file} cannot be read (${error.message})`, { cause: error });
  });
  const { data, error } = schema.safeParse(parseJson(text));
  if (data === undefined)
    throw new CommandError(
      `${file} is no state file of version 1 (${z.prettifyError(error).slice(0, 300)}): name the file of judge.state`,
    );
  if (data.experiment !== experiment.name)
    throw new CommandError(
      `${file} is of the experiment ${data.experiment}, not ${experiment.name}: name another file with --state or --config`,
    );
  if (data.verdict === null)
    throw new CommandError(`${file} holds no verdict yet: the judge has not looked at anything so far`);
  if (data.verdict.phase !== experiment.phase)
    throw new CommandError(
      `${file} is of phase ${data.verdict.phase} of ${experiment.name}, and the configuration of phase ${experiment.phase}: name the file of that phase with --state (the judge keeps it as ${file}.phase-${experiment.phase}), or the configuration of phase ${data.verdict.phase} with --config`,
    );
  return data.verdict;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
