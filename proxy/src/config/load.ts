import type { Config, LogLevel } from "./schema.ts";

export { refuseFixed } from "./fixed.ts";
export { ConfigError, type Problem } from "./problem.ts";

/** What flags and environment say over the file. */
export interface Overrides {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly adminHost?: string | undefined;
  readonly adminPort?: number | undefined;
  readonly logLevel?: LogLevel | undefined;
}

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
  return parseConfig("", file, overrides, env);
}

export function parseConfig(
  text: string,
  file: string,
  overrides: Overrides,
  env: Environment,
): LoadedConfig {
  throw new Error(`not built yet ${text} ${file} ${overrides} ${env}`);
}

export function publicConfig(config: Config): unknown {
  return config;
}
