import { httpUrl, readFlags, usageError, wholeNumber } from "./arguments.ts";

export interface Options {
  readonly data: string;
  readonly url: string;
  /** A model directory to start a worker from; `url` is not used then. */
  readonly model: string | undefined;
  readonly limit: number | undefined;
  readonly concurrency: number;
  /** File for the machine-readable result. */
  readonly json: string | undefined;
}

export const USAGE = `Measures a worker through its HTTP endpoint: accuracy, macro-recall, macro-F1, confusion matrix, latency.

  npm run evaluate -- --data FILE.tsv [options]

  --data FILE        texts with their labels, one label<TAB>text per line
  --url URL          the worker (default http://127.0.0.1:8101)
  --model DIR        start a worker from this model directory and measure that one
  --limit N          only N texts, spread evenly over the file
  --concurrency N    texts on their way at once (default 1: only then is a latency the model's own)
  --json FILE        also write the result as JSON
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
  help: { type: "boolean", short: "h" },
} as const;

export function parseOptions(argv: readonly string[]): Options | "help" {
  const flags = readFlags(argv, FLAGS);
  if (flags.help === true) return "help";
  if (flags.data === undefined) throw usageError("--data FILE.tsv is missing: the texts with their labels");
  if (flags.url !== undefined && flags.model !== undefined) {
    throw usageError("--url and --model exclude each other: measure a running worker or start one");
  }
  return {
    data: flags.data,
    url: httpUrl("url", flags.url ?? "http://127.0.0.1:8101"),
    model: flags.model,
    limit: flags.limit === undefined ? undefined : wholeNumber("limit", flags.limit, 1, 1e9),
    concurrency: wholeNumber("concurrency", flags.concurrency ?? "1", 1, 256),
    json: flags.json,
  };
}
