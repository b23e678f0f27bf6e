import { CommandError, UsageError } from "../../../proxy/src/command/arguments.ts";
import type { Terminal } from "../../../proxy/src/command/terminal.ts";
import { ConfigError } from "../../../proxy/src/config/problem.ts";
import type { Ending } from "./choose.ts";

const FAILED = 1;
const BAD_USAGE = 2;

type Command = (argv: readonly string[], terminal: Terminal) => number | Promise<number>;

/** Each is loaded when it is asked for: planning need not wait for what a report loads. */
const COMMANDS: Readonly<Record<Ending, () => Promise<Command>>> = {
  report: async () => (await import("../report/command.ts")).report,
  plan: async () => (await import("../plan/command.ts")).plan,
  "outcomes send": async () => (await import("../send/command.ts")).sendOutcomes,
};

/** Runs a command that ends by itself and gives its exit code. */
export async function runCommand(name: Ending, argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const command = await COMMANDS[name]();
    return await command(argv, terminal);
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
