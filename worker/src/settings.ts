import * as z from "zod";
import { LOG_LEVELS } from "./log.ts";
import { isNo } from "./messages.ts";
import { DTYPES } from "./model/source.ts";

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
    help: "model directory in the transformers.js layout; relative to the file that names it",
  },
  dtype: {
    schema: z.enum(DTYPES),
    fallback: "quantized",
    help: "which graph of the model's onnx/ to load",
  },
  host: { schema: z.string().min(1), fallback: "127.0.0.1", help: "address to listen on" },
  port: { schema: wholeNumber(0, 65_535), fallback: 8000, help: "port to listen on; 0 takes a free one" },
  threads: {
    schema: wholeNumber(1, 256),
    fallback: 1,
    help: "threads of one model run; must be equal in all workers of an experiment",
  },
  max_queue: {
    schema: wholeNumber(1, 100_000),
    fallback: 256,
    help: "most texts that may wait; above it 429",
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
  const isNumber = typeof (SETTINGS[key] as Setting).fallback === "number";
  return isNumber && /^\d+$/.test(text) ? Number(text) : text;
}

/** The text of `--help`. */
export function helpText(): string {
  const lines = SETTING_KEYS.map((key) => {
    const { fallback, help } = SETTINGS[key] as Setting;
    const shown = fallback === undefined || typeof fallback === "object" ? "" : ` [${fallback}]`;
    return `  --${flagOf(key).padEnd(18)} ${help}${shown}`;
  });
  return [
    "Serves one model over HTTP.",
    "",
    "usage: node worker/src/main.ts --config FILE [options]",
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
