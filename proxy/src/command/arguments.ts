import { type ParseArgsConfig, parseArgs } from "node:util";

/** The command was called in a way that it does not know: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The command cannot do what was asked for: exit code 1. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** @throws UsageError for flags that are unknown or lack a value */
export function readArguments<T extends ParseArgsConfig>(config: T) {
  try {
    return parseArgs(config);
  } catch (error) {
    const isUsage =
      error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS_");
    if (!isUsage) throw error;
    throw new UsageError(error.message.split(". ")[0], { cause: error });
  }
}
