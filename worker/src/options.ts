import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type ConfigFile, parseConfigFile } from "./config-file.ts";
import { codeOf } from "./error-code.ts";
import { WorkerError } from "./errors.ts";
import type { LogLevel } from "./log.ts";
import { wording } from "./messages.ts";
import { type ModelPlace, placeOf } from "./model/place.ts";
import type { Dtype } from "./model/source.ts";
import { nearest } from "./nearest.ts";
import {
  flagOf,
  fromText,
  helpText,
  type InputKind,
  type OverlongRule,
  parseDuration,
  parseLatencyBudget,
  SETTING_KEYS,
  SETTINGS,
  type Setting,
  type SettingKey,
  type SettingValues,
  type Task,
  variableOf,
} from "./settings.ts";

/** Everything a worker is told from outside. Times in milliseconds. */
export interface WorkerOptions {
  /** The label `model_version`. */
  readonly name: string;
  readonly model: ModelPlace;
  readonly dtype: Dtype;
  readonly task: Task;
  readonly input: InputKind;
  /** Absolute path, or undefined for the user's cache directory. */
  readonly modelCache: string | undefined;
  /** Absolute path, or undefined for the repository's. */
  readonly modelLock: string | undefined;
  readonly isOffline: boolean;
  readonly host: string;
  readonly port: number;
  /** onnxruntime's name of the execution provider. */
  readonly provider: string;
  readonly threads: number;
  readonly batch: BatchOptions;
  /** Most tokens of a text that the model is given, special ones included. */
  readonly maxTokens: number;
  /** Texts that may wait. */
  readonly maxQueue: number;
  readonly maxQueueTokens: number;
  readonly requestTimeoutMs: number;
  /** A bound of sentiment_inference_seconds, or undefined. */
  readonly latencyBudgetSeconds: number | undefined;
  readonly maxTexts: number;
  readonly maxInputChars: number;
  readonly maxBodyBytes: number;
  readonly overlong: OverlongRule;
  /** Answers kept; 0: none. */
  readonly answerCache: number;
  readonly allowsDetail: boolean;
  /** Raw label → canonical label. */
  readonly labels: Readonly<Record<string, string>>;
  readonly logLevel: LogLevel;
}

export interface BatchOptions {
  /** Most texts in one run. */
  readonly maxTexts: number;
  /** Most tokens in one run of several texts, padding included. */
  readonly maxTokens: number;
  readonly maxDelayMs: number;
}

export type Command =
  | { readonly kind: "serve"; readonly options: WorkerOptions }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" };

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Relative paths given by a flag or a variable start here. */
  readonly workingDirectory: string;
}

/** A value and where it was given, for messages. */
interface Given {
  readonly value: unknown;
  /** `file:line: key`, `--flag` or `VARIABLE`; `path` leads into the value. */
  source(path: readonly PropertyKey[]): string;
  /** How a mapping is written there. */
  readonly mapping: string;
  /** Where a relative path in the value starts. */
  readonly base: string;
}
type Layer = Partial<Record<SettingKey, Given>>;

/** Top-level keys that only the proxy's configuration has. */
const GATEWAY_KEYS = ["experiment", "variants"];

/**
 * Command line, environment and file → options.
 * @throws WorkerError `option_invalid`; its message has one line per problem, all of them. A file that cannot be
 * used at all is the only problem: whatever else seems to be missing may well be in it.
 */
export function readCommand(argv: readonly string[], surroundings: Surroundings): Command {
  const flags = parseFlags(argv);
  if (flags.help === true) return { kind: "help", text: helpText() };
  if (flags.version === true) return { kind: "version" };
  const { environment, workingDirectory } = surroundings;

  // An empty variable counts as unset, as in the proxy and the supervisor: compose passes those.
  const variable = (key: SettingKey | "config") => environment[variableOf(key)] || undefined;
  const problems: string[] = [];
  const path = (flags.config as string | undefined) ?? variable("config");
  const layers = [
    textLayer(
      (key) => flags[flagOf(key)] as string | undefined,
      (key) => `--${flagOf(key)}`,
      workingDirectory,
    ),
    textLayer(variable, variableOf, workingDirectory),
    path === undefined ? {} : fileLayer(path, surroundings, problems),
  ];
  for (const layer of layers) problems.push(...check(layer));

  const given = (key: SettingKey) => layers.find((layer) => layer[key] !== undefined)?.[key];
  for (const key of SETTING_KEYS) {
    if (given(key) === undefined && (SETTINGS[key] as Setting).fallback === undefined) {
      problems.push(`${key} is not set; give --${flagOf(key)}, ${variableOf(key)} or a file with --config`);
    }
  }
  if (problems.length > 0) throw invalid(problems);

  const values = Object.fromEntries(
    SETTING_KEYS.map((key) => [key, given(key)?.value ?? (SETTINGS[key] as Setting).fallback]),
  ) as SettingValues;
  const pathOf = (key: "model_cache" | "model_lock") =>
    values[key] === "" ? undefined : resolve(given(key)?.base ?? workingDirectory, values[key]);
  const places = {
    model: placeOf(values.model, values.revision, given("model")?.base ?? workingDirectory),
    modelCache: pathOf("model_cache"),
    modelLock: pathOf("model_lock"),
  };
  return { kind: "serve", options: toOptions(values, places) };
}

function toOptions(
  values: SettingValues,
  places: Pick<WorkerOptions, "model" | "modelCache" | "modelLock">,
): WorkerOptions {
  return {
    name: values.name,
    ...places,
    dtype: values.dtype,
    task: values.task,
    input: values.input,
    isOffline: values.offline,
    host: values.host,
    port: values.port,
    provider: values.provider,
    threads: values.threads,
    batch: {
      maxTexts: values.max_batch_size,
      maxTokens: values.max_batch_tokens,
      maxDelayMs: parseDuration(values.max_batch_delay) ?? 0,
    },
    maxTokens: values.max_tokens,
    maxQueue: values.max_queue,
    maxQueueTokens: values.max_queue_tokens,
    requestTimeoutMs: parseDuration(values.request_timeout) ?? 0,
    latencyBudgetSeconds: parseLatencyBudget(values.latency_budget),
    maxTexts: values.max_texts,
    maxInputChars: values.max_input_chars,
    maxBodyBytes: values.max_body_bytes,
    overlong: values.overlong,
    answerCache: values.answer_cache,
    allowsDetail: values.detail,
    labels: values.labels,
    logLevel: values.log_level,
  };
}

function parseFlags(argv: readonly string[]): Readonly<Record<string, string | boolean | undefined>> {
  const text = { type: "string" } as const;
  const isSet = { type: "boolean" } as const;
  const options = {
    ...Object.fromEntries(SETTING_KEYS.map((key) => [flagOf(key), text])),
    config: text,
    help: isSet,
    version: isSet,
  };
  try {
    return parseArgs({ args: withTruth(argv), options, allowPositionals: false }).values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split(". To specify")[0] : String(cause);
    throw invalid([`${reason}; --help lists the options`], cause);
  }
}

/** `--offline` alone means `--offline true`. */
function withTruth(argv: readonly string[]): string[] {
  return argv.flatMap((argument, at) => {
    const key = SETTING_KEYS.find((candidate) => argument === `--${flagOf(candidate)}`);
    const isSwitch = key !== undefined && typeof (SETTINGS[key] as Setting).fallback === "boolean";
    const next = argv[at + 1];
    return isSwitch && (next === undefined || next.startsWith("--")) ? [argument, "true"] : argument;
  });
}

function textLayer(
  read: (key: SettingKey) => string | undefined,
  nameOf: (key: SettingKey) => string,
  base: string,
): Layer {
  const layer: Layer = {};
  for (const key of SETTING_KEYS) {
    const text = read(key);
    if (text === undefined) continue;
    layer[key] = {
      value: fromText(key, text),
      source: (path) => [nameOf(key), ...path].join("."),
      mapping: "LABEL_0=negative,LABEL_1=positive",
      base,
    };
  }
  return layer;
}

/** @throws WorkerError `option_invalid` when the file cannot be read or parsed, or is a gateway's. */
function fileLayer(path: string, surroundings: Surroundings, problems: string[]): Layer {
  const file = readConfigFile(path, surroundings);
  const base = dirname(resolve(surroundings.workingDirectory, path));
  const layer: Layer = {};
  const give = (key: SettingKey, name: string) => {
    layer[key] = {
      value: file.values[name],
      source: (inner) => file.locate([name, ...inner]),
      mapping: "{ LABEL_0: negative, LABEL_1: positive }",
      base,
    };
  };
  for (const name of Object.keys(file.values)) {
    const key = SETTING_KEYS.find((candidate) => candidate === name);
    if (key !== undefined) {
      give(key, name);
      continue;
    }
    const meant = nearest(name, SETTING_KEYS);
    const remedy = meant === undefined ? `known: ${SETTING_KEYS.join(", ")}` : `did you mean ${meant}?`;
    problems.push(`${file.locate([name])}: unknown key; ${remedy}`);
    // A misspelt `name` is not a missing one.
    if (meant !== undefined && !Object.hasOwn(file.values, meant)) give(meant, name);
  }
  return layer;
}

function readConfigFile(path: string, { workingDirectory, environment }: Surroundings): ConfigFile {
  let text: string;
  try {
    text = readFileSync(resolve(workingDirectory, path), "utf8");
  } catch (cause) {
    throw invalid(
      [`cannot read the configuration file ${path} (${codeOf(cause)}); give a readable file with --config`],
      cause,
    );
  }
  const file = parseConfigFile(text, path, environment);
  if (file.problems.length > 0) throw invalid(file.problems);
  if (GATEWAY_KEYS.some((key) => Object.hasOwn(file.values, key))) {
    throw invalid([`${path}: this is a gateway's configuration; a worker's has name and model`]);
  }
  return file;
}

/** Every given value is checked, also one that a stronger layer overrides: a wrong file stays wrong. */
function check(layer: Layer): string[] {
  return SETTING_KEYS.flatMap((key) => {
    const given = layer[key];
    if (given === undefined) return [];
    const { schema } = SETTINGS[key] as Setting;
    const { error } = schema.safeParse(given.value, { error: wording(given.mapping) });
    return (error?.issues ?? []).map((issue) => `${given.source(issue.path)}: ${issue.message}`);
  });
}

function invalid(problems: readonly string[], cause?: unknown): WorkerError {
  return new WorkerError("option_invalid", problems.join("\n"), { cause });
}
