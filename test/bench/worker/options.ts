import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { readFlags, usageError, wholeNumber } from "../../../worker/evaluation/arguments.ts";
import { chooseContestants } from "../support/contestants.ts";
import { CONTESTANTS, type Contestant } from "./contestants.ts";

export interface Options {
  /** Model directories. */
  readonly models: readonly string[];
  readonly contestants: readonly Contestant[];
  /** How many ask at once; each is a phase of its own. */
  readonly callers: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
  /** label<TAB>text; undefined: texts of ours. */
  readonly texts: string | undefined;
  /** So many go round. */
  readonly count: number;
  /** Where the report goes. */
  readonly output: string;
}

const NAMES = CONTESTANTS.map(({ name }) => name);
const BUNDLED = ["worker/models/distilbert-mini-sst2", "worker/models/roberta-mini-tweets"];

export const HELP = `What a prediction costs in blindsplit's worker, beside other servers of the same model

Usage: npm run bench:worker -- [options]

  --model DIR      a model directory, again for each further one           (the two bundled ones)
  --full-size DIR  all model directories in DIR, as npm run train -- --full-size DIR makes them
  --callers A,B    how many ask at once                                     (1,8,32,128)
  --rounds N       interleaved rounds, of which the medians are taken       (5)
  --seconds N      of a slice: one contestant, so many callers              (4)
  --texts FILE     label<TAB>text lines to ask for                          (sentences of ours, as long as tweets)
  --count N        texts, which go round                                    (512)
  --only A,B       only these of ${NAMES.join(", ")}
  --without A,B    all but these
  --output DIR     where worker.md and worker.json go                       (.blindsplit/bench)
  --quick          1 round of 1 s, 64 texts
  --help

The first run installs the other servers into .blindsplit/bench/worker (npm and PyPI; the CPU build of torch is enough:
PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu). Ends with 1 if a request fails or a threshold is missed.
`;

const FLAGS = {
  model: { type: "string", multiple: true },
  "full-size": { type: "string", multiple: true },
  callers: { type: "string" },
  rounds: { type: "string" },
  seconds: { type: "string" },
  texts: { type: "string" },
  count: { type: "string" },
  only: { type: "string" },
  without: { type: "string" },
  output: { type: "string" },
  quick: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** undefined asks for the help. */
export function parseOptions(argv: readonly string[], root: string): Options | undefined {
  const flags = readFlags(argv, FLAGS);
  if (flags.help === true) return undefined;
  const quick = flags.quick === true;
  const full = (flags["full-size"] ?? []).flatMap((folder) => modelsIn(resolve(folder)));
  const given = flags.model ?? (full.length > 0 ? [] : BUNDLED.map((folder) => join(root, folder)));
  return {
    models: [...given.map((folder) => resolve(folder)), ...full],
    contestants: chooseContestants(CONTESTANTS, flags),
    callers: (flags.callers ?? "1,8,32,128")
      .split(",")
      .map((number) => wholeNumber("callers", number.trim(), 1, 1_000)),
    rounds: wholeNumber("rounds", flags.rounds ?? (quick ? "1" : "5"), 1, 100),
    seconds: wholeNumber("seconds", flags.seconds ?? (quick ? "1" : "4"), 1, 60),
    texts: flags.texts,
    count: wholeNumber("count", flags.count ?? (quick ? "64" : "512"), 16, 10_000),
    output: resolve(flags.output ?? join(root, ".blindsplit/bench")),
  };
}

function modelsIn(folder: string): readonly string[] {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const models = names.filter((name) => existsSync(join(folder, name, "config.json")));
  if (models.length === 0)
    throw usageError(`--full-size ${folder} holds no model: make them with npm run train -- --full-size DIR`);
  return models.map((name) => join(folder, name));
}
