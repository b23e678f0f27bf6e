import { pino } from "pino";
import { CommandError } from "../../../../proxy/src/command/arguments.ts";
import type { Terminal } from "../../../../proxy/src/command/terminal.ts";
import { lookOnce } from "../../judge/once.ts";
import { PrometheusError } from "../../judge/prometheus-client.ts";
import { StateError } from "../../judge/state-error.ts";
import type { Verdict } from "../../verdict/verdict.ts";
import { overridesOf } from "./overrides.ts";
import type { Sought } from "./source.ts";

/**
 * One look at everything that a Prometheus remembers of the phase, as the judge would look; nothing is kept.
 *
 * @throws CommandError
 */
export async function lookAtPrometheus({ options, terminal }: Sought): Promise<Verdict> {
  const { configFile, place, at } = options;
  const now = terminal.now();
  if (at !== undefined && at > now)
    throw new CommandError(
      `--at is ${new Date(at).toISOString()}, which is not past yet: leave it out for now`,
    );
  try {
    const { verdict } = await lookOnce({
      configFile,
      overrides: overridesOf(place.kind === "prometheus" ? ["--prometheus", place.url] : [], terminal.env),
      env: terminal.env,
      log: quietLog(terminal),
      // No state file is touched, so that nobody is asked whether a process runs.
      process: { pid: 0, isRunning: () => false },
      now: terminal.now,
      at: at ?? now,
    });
    if (verdict === undefined)
      throw new CommandError(
        "Prometheus knows of no exposure of this phase: check judge.prometheus and the experiment's name, or wait for the first",
      );
    return verdict;
  } catch (error) {
    if (error instanceof PrometheusError || error instanceof StateError)
      throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

/** Warnings as plain lines: a report is read by people. */
function quietLog(terminal: Terminal) {
  return pino(
    { level: "warn", base: null, timestamp: false },
    {
      write(line: string) {
        const { msg } = JSON.parse(line) as { msg?: string };
        terminal.complain(`${msg ?? line}\n`);
      },
    },
  );
}
