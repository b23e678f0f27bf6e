import { UsageError } from "../../../../proxy/src/command/arguments.ts";
import type { Terminal } from "../../../../proxy/src/command/terminal.ts";
import { type JudgeOverrides, parseOptions } from "../../judge/options.ts";

/**
 * What these flags and the environment say to a judge: it holds for a report too.
 *
 * @throws UsageError
 */
export function overridesOf(argv: readonly string[], env: Terminal["env"]): JudgeOverrides {
  const parsed = parseOptions(argv, env);
  if (parsed.kind === "run") return parsed.overrides;
  throw new UsageError(parsed.kind === "error" ? parsed.message : "the judge's options cannot be read");
}
