import { join } from "node:path";
import type { Model } from "./model.ts";
import type { Peer } from "./peers.ts";
import type { Place } from "./place.ts";

export interface Contestant {
  readonly name: string;
  /** What it is, for the report. */
  readonly about: string;
  readonly peer?: Peer;
  readonly env?: Readonly<Record<string, string>>;
  /** Answers 200 once it can predict. */
  readonly readyPath: string;
  /** Whether it answers predictions that can be compared; undefined: always. */
  isComparable?(model: Model): boolean;
  /** Whether it computes in float32, and is compared with the float graph. */
  readonly isFloat?: boolean;
  /** Most that a score may differ from what a bare run of the graph gives; the label is the same, or as likely. */
  readonly tolerance: number;
  /** Numbers of callers it is asked by; undefined: all. */
  readonly callers?: readonly number[];
  command(place: Place): readonly string[];
}

export const OWN = "blindsplit";
/** Every text in a run of its own, so that no answer depends on others: what that costs. */
export const SINGLE = "blindsplit-1";
export const HTTP = "http";
/** The same graph and the same tokens; only the last digits of the softmax may differ. */
const SAME_GRAPH = 1e-5;
/** The same numbers, added up in another order. */
const SAME_WEIGHTS = 1e-3;

const ONE_THREAD = { OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1", TOKENIZERS_PARALLELISM: "false" };
/** As `npm run worker` sets it. */
const OWN_ENVIRONMENT = { MALLOC_ARENA_MAX: "1" };
const OFFLINE = { HF_HUB_OFFLINE: "1", PYTHONDONTWRITEBYTECODE: "1" };

export const CONTESTANTS: readonly Contestant[] = [
  {
    name: OWN,
    about: "blindsplit's worker, everything but log_level at its default (threads 1)",
    readyPath: "/readyz",
    env: OWN_ENVIRONMENT,
    tolerance: SAME_GRAPH,
    command: (place) => worker(place, []),
  },
  {
    name: SINGLE,
    about: "the same with max_batch_size 1: answers do not depend on what else is asked",
    readyPath: "/readyz",
    env: OWN_ENVIRONMENT,
    tolerance: SAME_GRAPH,
    callers: [32],
    command: (place) => worker(place, ["--max-batch-size", "1"]),
  },
  {
    name: "transformers.js",
    about: 'pipeline("text-classification") of @huggingface/transformers, called in a node:http handler',
    peer: "npm",
    readyPath: "/healthz",
    tolerance: SAME_GRAPH,
    command: (place) => standin(place, "transformers-js", [place.peers.npm, place.model.folder]),
  },
  {
    name: "fastapi-pytorch",
    about: "FastAPI, uvicorn, transformers' pipeline on PyTorch, float32, one thread",
    peer: "python",
    readyPath: "/healthz",
    isFloat: true,
    tolerance: SAME_WEIGHTS,
    env: { ...ONE_THREAD, ...OFFLINE },
    isComparable: ({ hasWeights, floatGraph }) => hasWeights && floatGraph !== undefined,
    command: (place) => python(place, "fastapi_pytorch.py"),
  },
  {
    name: "fastapi-onnxruntime",
    about: "FastAPI, uvicorn, tokenizers, onnxruntime in Python, one thread a run, one text a run",
    peer: "python",
    readyPath: "/healthz",
    tolerance: SAME_GRAPH,
    env: { ...ONE_THREAD, ...OFFLINE },
    command: (place) => python(place, "fastapi_onnxruntime.py"),
  },
  {
    name: HTTP,
    about: "node:http that reads the request and answers at once, without a model: what HTTP alone costs",
    readyPath: "/healthz",
    tolerance: 0,
    callers: [1, 32],
    isComparable: () => false,
    command: (place) => standin(place, "http", []),
  },
];

function worker({ node, root, model, port }: Place, more: readonly string[]): readonly string[] {
  const flags = ["--name", "bench", "--model", model.folder, "--log-level", "warn", "--threads", "1"];
  return [node, join(root, "worker/src/main.ts"), ...flags, "--port", String(port), ...more];
}

function standin({ node, port }: Place, name: string, more: readonly string[]): readonly string[] {
  return [node, join(import.meta.dirname, `standin/${name}.ts`), String(port), ...more];
}

function python({ peers, port, model }: Place, name: string): readonly string[] {
  return [peers.python, join(import.meta.dirname, "standin", name), String(port), model.folder];
}
