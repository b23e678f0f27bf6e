import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { WorkerError } from "../errors.ts";
import { DTYPES, type Dtype } from "../model/source.ts";
import { INPUT_KINDS, type InputKind } from "../settings.ts";
import { DEFAULT_LOCK_FILE } from "./lock-file.ts";
import { checkId } from "./repository-name.ts";

/** What `npm run model:lock` is asked for. */
export interface LockOptions {
  readonly ids: readonly string[];
  readonly revision: string;
  readonly dtypes: readonly Dtype[];
  readonly input: InputKind;
  /** Absolute. */
  readonly lockFile: string;
  /** Absolute; undefined for the user's. */
  readonly cacheDirectory: string | undefined;
}

export const USAGE = `Downloads models and records their commits and SHA-256, by which workers check them.

  npm run model:lock -- ID … [options]

  ID                 owner/name on the hub, such as Xenova/distilbert-base-uncased-finetuned-sst-2-english
  --revision REV     branch, tag or commit (main)
  --dtype NAME       which graph: ${DTYPES.join(", ")}; repeat it for several (quantized)
  --input KIND       what the graph takes: ${INPUT_KINDS.join(", ")} (tokens)
  --lock FILE        the lock file (config/models.lock.json)
  --cache DIR        where downloaded models are kept (BLINDSPLIT_MODEL_CACHE, or blindsplit/models in the user's
                     cache directory)
  --help             this text

HF_ENDPOINT names a mirror, HF_TOKEN a token for private models. An entry of the same commit keeps its other files.
The hub has to answer, also where a model is in the cache: what is recorded is what it says now.
Exit code: 0 recorded, 1 not, 2 wrong options.
`;

const FLAGS = {
  revision: { type: "string" },
  dtype: { type: "string", multiple: true },
  input: { type: "string" },
  lock: { type: "string" },
  cache: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** @throws WorkerError `option_invalid` */
export function parseLockOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  workingDirectory: string,
): LockOptions | "help" {
  const { values, positionals } = parse(argv);
  if (values.help === true) return "help";
  if (positionals.length === 0) throw wrong("no model is named: write npm run model:lock -- owner/name");
  for (const id of positionals) checkId(id);
  const cache = values.cache ?? (environment.BLINDSPLIT_MODEL_CACHE || undefined);
  return {
    ids: positionals,
    revision: values.revision ?? "main",
    dtypes: (values.dtype ?? ["quantized"]).map((name) => oneOf("dtype", name, DTYPES)),
    input: oneOf("input", values.input ?? "tokens", INPUT_KINDS),
    lockFile: values.lock === undefined ? DEFAULT_LOCK_FILE : resolve(workingDirectory, values.lock),
    cacheDirectory: cache === undefined ? undefined : resolve(workingDirectory, cache),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: FLAGS, allowPositionals: true });
  } catch (cause) {
    throw wrong(
      cause instanceof Error ? (cause.message.split(". To specify")[0] ?? "") : String(cause),
      cause,
    );
  }
}

function oneOf<Known extends string>(flag: string, given: string, known: readonly Known[]): Known {
  const found = known.find((candidate) => candidate === given);
  if (found !== undefined) return found;
  throw wrong(`--${flag} is ${JSON.stringify(given)}; write one of ${known.join(", ")}`);
}

function wrong(message: string, cause?: unknown): WorkerError {
  return new WorkerError("option_invalid", `${message} (--help lists the options)`, { cause });
}
