import { ConfigError } from "../config/problem.ts";
import { CommandError, UsageError } from "./arguments.ts";
import { check } from "./check.ts";
import { printForceToken } from "./force-token.ts";
import type { Terminal } from "./terminal.ts";

const FAILED = 1;
const BAD_USAGE = 2;

const COMMANDS = { check, "force-token": printForceToken } as const;

/** Runs a command that ends by itself and gives its exit code. */
export async function runCommand(
  name: keyof typeof COMMANDS,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  try {
    return await COMMANDS[name](argv, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.complain(`blindsplit ${name}: ${error.message}\n--help says how it is called\n`);
      return BAD_USAGE;
    }
    if (!(error instanceof CommandError || error instanceof ConfigError)) throw error;
    terminal.complain(`blindsplit ${name}: ${error.message}\n`);
    return FAILED;
  }
}
