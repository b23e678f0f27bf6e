import { httpUrl, readFlags, usageError, wholeNumber } from "./arguments.ts";

export interface Options {
  readonly data: string;
  readonly url: string;
  /** The worker to start; `url` is not used then. */
  readonly model: LocalModel | undefined;
  readonly limit: number | undefined;
  readonly concurrency: number;
  /** File for the machine-readable result. */
  readonly json: string | undefined;
  /** File for the model's baseline. */
  readonly baseline: string | undefined;
}

/** Flags of a worker that are passed on as they are. */
const PASSED_ON = ["revision", "dtype", "task", "input"] as const;

export interface LocalModel {
  /** A directory, or an id on the hub. */
  readonly model: string;
  /** Further flags of the worker, in the form `--dtype`, `int8`. */
  readonly flags: readonly string[];
}

export const USAGE = `Measures a worker through its HTTP endpoint: accuracy, macro-recall, macro-F1, confusion matrix, latency;
mean absolute error, root mean square error and R² where its task is a regression.

  npm run evaluate -- --data FILE.tsv [options]

  --data FILE        texts with their labels, one label<TAB>text per line (number<TAB>text for a regression)
  --url URL          the worker (default http://127.0.0.1:8101)
  --model MODEL      start a worker from this model directory, or hub id, and measure that one;
                     --revision, --dtype, --task and --input are passed on to it
  --limit N          only N texts, spread evenly over the file
  --concurrency N    texts on their way at once (default 1: only then is a latency the model's own)
  --json FILE        also write the result as JSON
  --baseline FILE    also write what the worker's metrics said as the model's baseline (DIR/baseline.json)
  --help             this text

Exit code: 0 every text got a prediction, 1 at least one did not or nothing could be measured, 2 wrong options.
`;

const FLAGS = {
  data: { type: "string" },
  url: { type: "string" },
  model: { type: "string" },
  limit: { type: "string" },
  concurrency: { type: "string" },
  json: { type: "string" },
  baseline: { type: "string" },
  revision: { type: "string" },
  dtype: { type: "string" },
  task: { type: "string" },
  input: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

export function parseOptions(argv: readonly string[]): Options | "help" {
  const flags = readFlags(argv, FLAGS);
  if (flags.help === true) return "help";
  if (flags.data === undefined) throw usageError("--data FILE.tsv is missing: the texts with their labels");
  if (flags.url !== undefined && flags.model !== undefined) {
    throw usageError("--url and --model exclude each other: measure a running worker or start one");
  }
  const passedOn = PASSED_ON.flatMap((flag) => {
    const value = flags[flag];
    return value === undefined ? [] : [`--${flag}`, value];
  });
  if (flags.model === undefined && passedOn.length > 0) {
    throw usageError(`${passedOn[0]} is for a worker that is started here: name its model with --model`);
  }
  return {
    data: flags.data,
    url: httpUrl("url", flags.url ?? "http://127.0.0.1:8101"),
    model: flags.model === undefined ? undefined : { model: flags.model, flags: passedOn },
    limit: flags.limit === undefined ? undefined : wholeNumber("limit", flags.limit, 1, 1e9),
    concurrency: wholeNumber("concurrency", flags.concurrency ?? "1", 1, 256),
    json: flags.json,
    baseline: flags.baseline,
  };
}
