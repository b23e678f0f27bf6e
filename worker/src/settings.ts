import * as z from "zod";
import { LOG_LEVELS } from "./log.ts";
import { isNo } from "./messages.ts";
import { INFERENCE_BUCKETS } from "./metrics/buckets.ts";
import { DTYPES } from "./model/source.ts";

/** What becomes of a text that is longer than the model reads. */
export const OVERLONG_RULES = ["truncate", "reject", "window"] as const;
export type OverlongRule = (typeof OVERLONG_RULES)[number];

export const TASKS = ["text-classification", "text-regression"] as const;
export type Task = (typeof TASKS)[number];

/** What a graph takes: token ids made by the model's tokenizer, or the text itself. */
export const INPUT_KINDS = ["tokens", "text"] as const;
export type InputKind = (typeof INPUT_KINDS)[number];

/**
 * One setting of a worker. Its key is API: `max_queue` in the file is `--max-queue` as a flag and
 * `BLINDSPLIT_MAX_QUEUE` in the environment.
 */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  /** Left out: the setting is required. */
  readonly fallback?: z.infer<Schema>;
  readonly help: string;
}

const mebibyte = 1024 * 1024;
const wholeNumber = (minimum: number, maximum: number) =>
  z
    .int({
      error({ input }) {
        const size = Number(input) < minimum ? "small" : "large";
        const flaw = Number.isInteger(input) ? `${input} is too ${size}` : isNo("whole number", input);
        return `${flaw}; write a whole number from ${minimum} to ${maximum}`;
      },
      // Otherwise what is no whole number may be too small as well.
      abort: true,
    })
    .min(minimum)
    .max(maximum);

const DURATION_UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/** `250ms`, `1.5s`, `2m` → milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Number(amount) * DURATION_UNITS_MS[unit as keyof typeof DURATION_UNITS_MS];
}

/** A duration as text; its limits in milliseconds. */
const duration = (minimumMs: number, maximumMs: number) =>
  z.string().superRefine((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms >= minimumMs && ms <= maximumMs) return;
    context.addIssue({
      code: "custom",
      message: `${JSON.stringify(text)} is no duration from ${minimumMs}ms to ${maximumMs}ms; write one such as 50ms, 1.5s or 2m`,
    });
  });

/** `50ms` → 0.05, the bound of sentiment_inference_seconds that it is; undefined for anything else. */
export function parseLatencyBudget(text: string): number | undefined {
  const ms = parseDuration(text);
  return INFERENCE_BUCKETS.find((bound) => ms !== undefined && Math.abs(bound * 1000 - ms) < 1e-6);
}

/** Only at a bound of the histogram is it known how many texts took longer. Empty: none. */
const latencyBudget = z.string().superRefine((text, context) => {
  if (text === "" || parseLatencyBudget(text) !== undefined) return;
  const ms = parseDuration(text);
  const boundsMs = INFERENCE_BUCKETS.map((bound) => Number((bound * 1000).toPrecision(6)));
  const nearest =
    ms === undefined
      ? [40, 50]
      : [boundsMs.findLast((bound) => bound < ms), boundsMs.find((bound) => bound > ms)];
  const remedy = nearest.flatMap((bound) => (bound === undefined ? [] : `${bound}ms`)).join(" or ");
  const flaw = ms === undefined ? "is no duration" : "is no bound of sentiment_inference_seconds";
  context.addIssue({ code: "custom", message: `${JSON.stringify(text)} ${flaw}; write ${remedy}` });
});

const yesOrNo = z.boolean({
  error: ({ input }) => `${isNo("truth value", input)}; write true or false`,
});

/** The rule and the words of a variant's name in the proxy's configuration: a worker is named after its variant. */
const name = z
  .string()
  .max(63)
  .regex(/^[a-z0-9][a-z0-9_.-]*$/, {
    error: ({ input }) =>
      `${JSON.stringify(input)} is no valid name: use lower-case letters, digits and _ - . (at most 63), beginning with a letter or digit`,
  })
  .refine((given) => given !== "none" && given !== "other", {
    error: ({ input }) => `"${input}" is reserved for metrics: choose another name`,
  });

export const SETTINGS = {
  name: {
    schema: name,
    help: "name of the variant this worker serves; the metric label model_version",
  },
  model: {
    schema: z.string().min(1),
    help: "model directory in the transformers.js layout, relative to the file that names it; or a Hugging Face id such as Xenova/distilbert-base-uncased-finetuned-sst-2-english",
  },
  revision: {
    schema: z.string().min(1),
    fallback: "main",
    help: "branch, tag or commit of a Hugging Face model",
  },
  dtype: {
    schema: z.enum(DTYPES),
    fallback: "quantized",
    help: "which graph of the model's onnx/ to load",
  },
  task: {
    schema: z.enum(TASKS),
    fallback: "text-classification",
    help: "what the model answers: a label with its score, or one number",
  },
  input: {
    schema: z.enum(INPUT_KINDS),
    fallback: "tokens",
    help: "what the graph takes: tokens of the model's tokenizer, or the text itself",
  },
  model_cache: {
    schema: z.string(),
    fallback: "",
    help: "directory for downloaded models; default: blindsplit/models in the user's cache directory",
  },
  model_lock: {
    schema: z.string(),
    fallback: "",
    help: "file with the SHA-256 of downloaded models; default: config/models.lock.json",
  },
  offline: { schema: yesOrNo, fallback: false, help: "never download: use what model_cache has" },
  host: { schema: z.string().min(1), fallback: "127.0.0.1", help: "address to listen on" },
  port: { schema: wholeNumber(0, 65_535), fallback: 8000, help: "port to listen on; 0 takes a free one" },
  provider: {
    schema: z.string().regex(/^[a-z0-9]+$/, {
      error: ({ input }) => `${JSON.stringify(input)} is no provider's name; write cpu, cuda or the like`,
    }),
    fallback: "cpu",
    help: "execution provider of onnxruntime: cpu, or another that this build and machine have",
  },
  threads: {
    schema: wholeNumber(1, 256),
    fallback: 1,
    help: "threads of one model run; must be equal in all workers of an experiment",
  },
  max_batch_size: {
    schema: wholeNumber(1, 1024),
    fallback: 8,
    help: "most texts in one run; 1 makes every answer independent of its neighbours",
  },
  max_batch_tokens: {
    schema: wholeNumber(1, 65_536),
    fallback: 512,
    help: "most tokens in one run of several texts, padding included; a longer text runs alone",
  },
  max_batch_delay: {
    schema: duration(0, 1000),
    fallback: "0ms",
    help: "how long a free model waits for more texts; at 0 a batch forms while the one before runs",
  },
  max_tokens: {
    schema: wholeNumber(8, 1_000_000),
    fallback: 512,
    help: "most tokens of a text that the model is given, or fewer where it reads fewer; memory grows with the square",
  },
  max_queue: {
    schema: wholeNumber(1, 100_000),
    fallback: 256,
    help: "most texts that may wait; above it 429",
  },
  max_queue_tokens: {
    schema: wholeNumber(1, 10_000_000),
    fallback: 65_536,
    help: "most tokens that may wait; above it 429",
  },
  request_timeout: {
    schema: duration(1, 600_000),
    fallback: "30s",
    help: "how long a text may wait to be computed; a caller may ask for less with X-Request-Timeout",
  },
  latency_budget: {
    schema: latencyBudget,
    fallback: "",
    help: "how long a text should take to compute, at most; for alerts alone; a bound of sentiment_inference_seconds such as 50ms; default: none",
  },
  max_texts: {
    schema: wholeNumber(1, 100_000),
    fallback: 128,
    help: "most texts in one request; above it 413",
  },
  max_input_chars: {
    schema: wholeNumber(1, 10_000_000),
    fallback: 10_000,
    help: "most characters in one text; above it 422",
  },
  max_body_bytes: {
    schema: wholeNumber(1024, 64 * mebibyte),
    fallback: mebibyte,
    help: "largest request body; above it 413",
  },
  overlong: {
    schema: z.enum(OVERLONG_RULES),
    fallback: "truncate",
    help: "a text longer than the model reads: truncate, reject (422), or window (the mean of its pieces)",
  },
  answer_cache: {
    schema: wholeNumber(0, 1_000_000),
    fallback: 0,
    help: "answers kept for texts that come again, word for word; 0: none",
  },
  detail: {
    schema: yesOrNo,
    fallback: false,
    help: "allow ?detail=1 (scores of all labels, timings), which tells callers the model",
  },
  labels: {
    schema: z.record(z.string(), z.string().min(1)),
    fallback: {},
    help: "renames labels, as in LABEL_0=negative,LABEL_1=positive; default: id2label in lower case",
  },
  log_level: { schema: z.enum(LOG_LEVELS), fallback: "info", help: "least severe log line that is written" },
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof SETTINGS;
export type SettingValues = { [Key in SettingKey]: z.infer<(typeof SETTINGS)[Key]["schema"]> };
export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

export function flagOf(key: SettingKey): string {
  return key.replaceAll("_", "-");
}

export function variableOf(key: SettingKey | "config"): string {
  return `BLINDSPLIT_${key.toUpperCase()}`;
}

/** A flag or variable is text; this is the value the schema expects. What does not fit is left to the schema. */
export function fromText(key: SettingKey, text: string): unknown {
  if (key === "labels") {
    const pairs = text.split(",").map((pair) => pair.split("=").map((side) => side.trim()));
    return pairs.every((pair) => pair.length === 2) ? Object.fromEntries(pairs) : text;
  }
  const { fallback } = SETTINGS[key] as Setting;
  if (typeof fallback === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  return typeof fallback === "number" && /^\d+$/.test(text) ? Number(text) : text;
}

/** The text of `--help`. */
export function helpText(): string {
  const lines = SETTING_KEYS.map((key) => {
    const { fallback, help } = SETTINGS[key] as Setting;
    const shown =
      fallback === undefined || fallback === "" || typeof fallback === "object" ? "" : ` [${fallback}]`;
    return `  --${flagOf(key).padEnd(20)} ${help}${shown}`;
  });
  return [
    "Serves one model over HTTP.",
    "",
    "usage: npm run worker -- --config FILE [options]",
    "",
    "  --config FILE        YAML file with the same keys, written with _ for -",
    ...lines,
    "  --help, --version",
    "",
    `Each option can also be set in the environment, such as ${variableOf("max_queue")}.`,
    "A flag wins over the environment, the environment over the file.",
    "",
  ].join("\n");
}
