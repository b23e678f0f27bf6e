import { z } from "zod";
import { CommandError } from "../../../../proxy/src/command/arguments.ts";
import type { Config } from "../../../../proxy/src/config/config.ts";
import { ask } from "../ask.ts";
import { maskedSchema } from "./masked-schema.ts";
import type { Found, Wanted } from "./source.ts";
import { verdictSchema } from "./verdict-schema.ts";

const PATHS = { masked: "/verdict", open: "/verdict/open" } as const;

/** Where the judge of a configuration listens; undefined where it takes any free port. */
export function judgeUrlOf({ judge }: Config): string | undefined {
  if (judge.url !== undefined) return judge.url;
  if (judge.port === 0) return undefined;
  const host =
    judge.host === "0.0.0.0" || judge.host === "" ? "127.0.0.1" : judge.host === "::" ? "::1" : judge.host;
  return `http://${host.includes(":") ? `[${host}]` : host}:${judge.port}`;
}

/** @throws UnreachableError, CommandError for an answer that is no verdict of this experiment and phase */
export async function askJudge<W extends Wanted>(
  wanted: W,
  url: string,
  { admin, experiment }: Config,
): Promise<Found<W>> {
  const { status, text } = await ask({
    whom: "the judge",
    url: `${url}${PATHS[wanted]}`,
    ...(admin.token === undefined ? {} : { headers: { authorization: `Bearer ${admin.token}` } }),
  });
  const body = parseJson(text);
  if (status !== 200)
    throw new CommandError(
      `the judge at ${url} answers ${status}: ${detailOf(body) ?? "without saying why"}`,
    );
  const { data, error } = (wanted === "open" ? verdictSchema : maskedSchema).safeParse(body);
  if (data === undefined)
    throw new CommandError(
      `the judge at ${url} gives no verdict of schema 1 (${z.prettifyError(error).slice(0, 300)}): let the judge and the report be of one version`,
    );
  if (data.experiment !== experiment.name)
    throw new CommandError(
      `the judge at ${url} judges the experiment ${data.experiment}, not ${experiment.name}: name another with --judge, or another file with --config`,
    );
  if (data.phase !== experiment.phase)
    throw new CommandError(
      `the judge at ${url} judges phase ${data.phase} of ${experiment.name}, and the configuration is of phase ${experiment.phase}: give both the same file, or name another with --judge or --config`,
    );
  return data as Found<W>;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function detailOf(body: unknown): string | undefined {
  return z
    .object({ detail: z.string() })
    .safeParse(body)
    .data?.detail.replace(/\p{Cc}/gu, " ")
    .slice(0, 500);
}
