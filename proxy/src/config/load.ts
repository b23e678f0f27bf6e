import { createHash } from "node:crypto";
import { isScalar, type Scalar } from "yaml";
import type { z } from "zod";
import { readDocument, type YamlDocument } from "./document.ts";
import { effectiveConfig, type Overrides } from "./file-form.ts";
import { interpolate, plainScalar } from "./interpolate.ts";
import { message, unknownKey } from "./messages.ts";
import { ConfigError, type Problem } from "./problem.ts";
import { readText } from "./read-text.ts";
import { checkRules } from "./rules.ts";
import { type Config, type ConfigFile, fileSchema } from "./schema.ts";

export interface LoadedConfig {
  readonly config: Config;
  /** 12 hex digits of SHA-256 over the effective configuration without listen, admin and log. */
  readonly hash: string;
  readonly file: string;
  /** SHA-256 of the text in hex; tells `watchContent` what was loaded, so that no change in between is missed. */
  readonly digest: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads and checks a configuration; every problem at once in a `ConfigError`. */
export async function loadConfig(
  file: string,
  overrides: Overrides,
  env: Environment,
): Promise<LoadedConfig> {
  return parseConfig(await readText(file), file, overrides, env);
}

/** `loadConfig` without the file system. */
export function parseConfig(
  text: string,
  file: string,
  overrides: Overrides,
  env: Environment,
): LoadedConfig {
  const fail = (problems: readonly Problem[]) => new ConfigError(file, problems);
  const document = readDocument(text);
  if (!document.isReadable) throw fail(document.problems);
  const { interpolated, flaws } = substitute(document, env);
  if (flaws.length > 0) throw fail([...document.problems, ...flaws]);
  const { data, problems } = validate(document, interpolated);
  if (data === undefined || document.problems.length > 0) throw fail([...document.problems, ...problems]);
  const config = effectiveConfig(data, overrides);
  const clash = findClash(config);
  if (clash !== undefined) {
    const isOfFile = overrides.port === undefined && overrides.adminPort === undefined;
    const nowhere = { path: "", line: undefined, column: undefined, message: clash };
    throw fail([isOfFile ? document.problem(["admin", "port"], clash) : nowhere]);
  }
  return { config, hash: contentHash(config), file, digest: sha256(text) };
}

function substitute(
  document: YamlDocument,
  env: Environment,
): { interpolated: Set<unknown>; flaws: Problem[] } {
  const interpolated = new Set<unknown>();
  const flaws: Problem[] = [];
  for (const { scalar, path } of document.values()) {
    if (typeof scalar.value !== "string" || !scalar.value.includes("${")) continue;
    const result = interpolate(scalar.value, env);
    scalar.value = result.text;
    interpolated.add(scalar);
    flaws.push(...result.flaws.map((flaw) => document.problem(path, flaw)));
  }
  return { interpolated, flaws };
}

/**
 * The key decides what a substituted value is: `weight: ${W}` becomes a number, `salt: ${SALT}` stays text even
 * where the secret happens to be all digits.
 */
function validate(
  document: YamlDocument,
  interpolated: ReadonlySet<unknown>,
): { data?: ConfigFile; problems: Problem[] } {
  let contents: unknown;
  try {
    contents = document.contents();
    const wanting = fileSchema.safeParse(contents).error?.issues ?? [];
    for (const { code, path, ...issue } of wanting) {
      const node = document.valueAt(path);
      if (code === "invalid_type" && isScalar(node) && interpolated.has(node)) retype(node, issue);
    }
    contents = document.contents();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return {
      problems: [
        {
          path: "",
          line: undefined,
          column: undefined,
          message: "uses aliases more than 100-fold: write the values out",
        },
      ],
    };
  }
  if (contents === null || contents === undefined) {
    return { problems: [document.problem([], "is empty: give it at least experiment.name and variants")] };
  }
  if (isOfWorker(contents)) {
    return {
      problems: [
        document.problem([], "is a worker's configuration: a gateway's has experiment and variants"),
      ],
    };
  }
  const { data, error } = fileSchema.safeParse(contents, { error: message, reportInput: true });
  const broken = checkRules(contents).map(({ path, message }) => document.problem(path, message));
  const problems = [...(error?.issues ?? []).flatMap((issue) => describe(document, issue)), ...broken];
  return data === undefined || problems.length > 0 ? { problems } : { data, problems };
}

function isOfWorker(contents: unknown): boolean {
  return (
    typeof contents === "object" && contents !== null && "model" in contents && !("variants" in contents)
  );
}

function retype(scalar: Scalar, issue: object): void {
  const expected = "expected" in issue ? issue.expected : undefined;
  if (expected === "string" || typeof scalar.value !== "string") return;
  scalar.value = plainScalar(scalar.value);
}

function describe(document: YamlDocument, issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== "unrecognized_keys") return [document.problem(issue.path, issue.message)];
  const known = knownKeys(issue.path);
  return issue.keys
    .slice(0, 50)
    .map((key) => document.problem([...issue.path, key], unknownKey(key, known), "key"));
}

/** The keys that the schema knows at `path`. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let schema: unknown = fileSchema;
  const step = (key: "shape" | "element" | "innerType", name?: PropertyKey): void => {
    const def = (schema as { def: Record<string, unknown> }).def;
    const inner = def[key];
    schema = name === undefined ? inner : (inner as Record<PropertyKey, unknown>)[name];
  };
  const unwrap = (): void => {
    while ("innerType" in (schema as { def: object }).def) step("innerType");
  };
  for (const name of path) {
    unwrap();
    if (typeof name === "number") step("element");
    else step("shape", name);
  }
  unwrap();
  return Object.keys((schema as { def: { shape: object } }).def.shape);
}

function findClash({ listen, admin }: Config): string | undefined {
  const isEvery = (host: string) => host === "0.0.0.0" || host === "::";
  const isShared = listen.host === admin.host || isEvery(listen.host) || isEvery(admin.host);
  if (listen.port === 0 || listen.port !== admin.port || !isShared) return undefined;
  return `port ${admin.port} is asked for by both listeners: choose another with listen.port or --port, admin.port or --admin-port`;
}

/** What the experiment does, whatever the addresses and the log of this instance. */
function contentHash({ listen: _listen, admin: _admin, log: _log, ...content }: Config): string {
  return sha256(JSON.stringify(sorted(content))).slice(0, 12);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
