import { createHash } from "node:crypto";
import { isScalar } from "yaml";
import type { Config } from "./config.ts";
import { readDocument, type YamlDocument } from "./document.ts";
import { effectiveConfig, type Overrides } from "./effective.ts";
import { interpolate, plainScalar } from "./interpolate.ts";
import { describeIssue, wantingScalars } from "./issues.ts";
import { message } from "./messages.ts";
import { checkPemFiles, findPemFiles, type PemTexts, type PemUse, readPemFiles } from "./pem.ts";
import { ConfigError, type Problem } from "./problem.ts";
import { readText } from "./read-text.ts";
import { checkRules } from "./rules.ts";
import { type ConfigFile, fileSchema } from "./schema.ts";

export interface LoadedConfig {
  readonly config: Config;
  /** 12 hex digits of SHA-256 over the effective configuration without listen, admin and log. */
  readonly hash: string;
  readonly file: string;
  /** SHA-256 of the text in hex; tells `watchContent` what was loaded, so that no change in between is missed. */
  readonly digest: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads and checks a configuration and the PEM files that it names; every problem at once in a `ConfigError`. */
export async function loadConfig(
  file: string,
  overrides: Overrides,
  env: Environment,
): Promise<LoadedConfig> {
  const draft = readDraft(await readText(file), file, env);
  return complete(draft, overrides, await readPemFiles(draft.pemFiles, file));
}

/** `loadConfig` without the file system; `pemTexts` are the files that the text may name. */
export function parseConfig(
  text: string,
  file: string,
  overrides: Overrides,
  env: Environment,
  pemTexts: PemTexts = new Map(),
): LoadedConfig {
  return complete(readDraft(text, file, env), overrides, pemTexts);
}

/** A configuration as far as its text alone can tell. */
interface Draft {
  readonly text: string;
  readonly file: string;
  readonly document: YamlDocument;
  /** undefined where there are problems. */
  readonly data: ConfigFile | undefined;
  readonly problems: readonly Problem[];
  readonly pemFiles: readonly PemUse[];
}

function readDraft(text: string, file: string, env: Environment): Draft {
  const fail = (problems: readonly Problem[]) => new ConfigError(file, problems);
  const document = readDocument(text);
  if (!document.isReadable) throw fail(document.problems);
  const { interpolated, flaws } = substitute(document, env);
  if (flaws.length > 0) throw fail([...document.problems, ...flaws]);
  const { data, problems, pemFiles = [] } = validate(document, interpolated);
  return { text, file, document, data, problems: [...document.problems, ...problems], pemFiles };
}

function complete(draft: Draft, overrides: Overrides, pemTexts: PemTexts): LoadedConfig {
  const { text, file, document, data, pemFiles } = draft;
  const problems = [
    ...draft.problems,
    ...checkPemFiles(pemFiles, pemTexts).map(({ path, message }) => document.problem(path, message)),
  ];
  if (data === undefined || problems.length > 0) throw new ConfigError(file, problems);
  const config = effectiveConfig(data, overrides, (name) => {
    const read = pemTexts.get(name);
    if (read === undefined || "flaw" in read) throw new Error(`${name} was used without being checked`);
    return { file: name, pem: read.pem };
  });
  const clash = findClash(config);
  if (clash !== undefined) {
    const isOfFile = overrides.port === undefined && overrides.adminPort === undefined;
    const nowhere = { path: "", line: undefined, column: undefined, message: clash };
    throw new ConfigError(file, [isOfFile ? document.problem(["admin", "port"], clash) : nowhere]);
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
): { data?: ConfigFile; problems: Problem[]; pemFiles?: PemUse[] } {
  let contents: unknown;
  try {
    contents = document.contents();
    const issues = fileSchema.safeParse(contents).error?.issues ?? [];
    for (const path of issues.flatMap(wantingScalars)) {
      const node = document.valueAt(path);
      if (!isScalar(node) || !interpolated.has(node) || typeof node.value !== "string") continue;
      node.value = plainScalar(node.value);
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
  const problems = [...(error?.issues ?? []).flatMap((issue) => describeIssue(document, issue)), ...broken];
  const pemFiles = findPemFiles(contents);
  return data === undefined || problems.length > 0 ? { problems, pemFiles } : { data, problems, pemFiles };
}

function isOfWorker(contents: unknown): boolean {
  return (
    typeof contents === "object" && contents !== null && "model" in contents && !("variants" in contents)
  );
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
