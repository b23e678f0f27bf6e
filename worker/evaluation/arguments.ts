import { type ParseArgsConfig, parseArgs } from "node:util";
import { CommandError } from "./command-error.ts";

export function usageError(message: string, cause?: unknown): CommandError {
  return new CommandError("usage", `${message} (--help lists the options)`, { cause, exitCode: 2 });
}

/** `parseArgs` without positionals, its complaints turned into a usage error. */
export function readFlags<T extends NonNullable<ParseArgsConfig["options"]>>(
  argv: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error), error);
  }
}

export function wholeNumber(flag: string, value: string, least: number, most: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw usageError(`--${flag} must be a whole number from ${least} to ${most}, not "${value}"`);
}

/** The address without a trailing slash, so that a path can be put behind it. */
export function httpUrl(flag: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw usageError(`--${flag} must be an http:// or https:// address, not "${value}"`);
  }
  if (url.username !== "" || url.search !== "" || url.hash !== "") {
    throw usageError(`--${flag} takes an address without a user, a query or a fragment`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
