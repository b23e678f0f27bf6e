import { CommandError } from "../../../../proxy/src/command/arguments.ts";
import type { Config } from "../../../../proxy/src/config/config.ts";
import { ConfigError } from "../../../../proxy/src/config/problem.ts";
import type { MaskedVerdict } from "../../verdict/masked-verdict.ts";
import { documentOf } from "../render.ts";
import { type Exception, sendNightly } from "./nightly.ts";

export interface Sources {
  /** The configuration as it is now. @throws ConfigError */
  read(): Promise<Config>;
  /** @throws CommandError */
  find(config: Config): Promise<MaskedVerdict>;
  /** Shows and keeps it. @throws CommandError */
  publish(verdict: MaskedVerdict, config: Config): Promise<unknown>;
  now(): number;
  complain(text: string): void;
}

export interface Delivery {
  /** Learns the experiment's name; a configuration that is broken now may be mended until the first report is due. */
  begin(): Promise<void>;
  /** @returns the exit code; @throws CommandError or ConfigError, after it was told */
  send(): Promise<number>;
}

/**
 * Sends the day's masked report, and what keeps it from being made or kept: silence would say that all is well.
 *
 * @param url of Alertmanager
 */
export function createDelivery(url: string, sources: Sources): Delivery {
  let experiment: string | undefined;

  async function read(): Promise<Config> {
    const config = await sources.read();
    experiment = config.experiment.name;
    return config;
  }

  async function begin(): Promise<void> {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      sources.complain(`${error.message}\n`);
    }
  }

  /** The failure that was told is the one to end with; that nobody could be told is said beside it. */
  async function tell(failure: Error, exception: Exception, summary: string, now: number): Promise<void> {
    try {
      await sendNightly(url, { experiment, exception, summary, reasons: [explain(failure)], now });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      sources.complain(`${error.message}\n`);
    }
  }

  async function send(): Promise<number> {
    const now = sources.now();
    let found: { readonly config: Config; readonly verdict: MaskedVerdict };
    try {
      const config = await read();
      found = { config, verdict: await sources.find(config) };
    } catch (error) {
      if (isExpected(error)) await tell(error, "missing", "NO REPORT could be made", now);
      throw error;
    }
    const { verdict, config } = found;
    await sendNightly(url, {
      experiment,
      summary: documentOf(verdict).line,
      reasons: [verdict.headline, ...verdict.reasons, `Phase ${verdict.phase}, look ${verdict.looks}.`],
      now,
    });
    sources.complain(`sent to Alertmanager at ${url}\n`);
    try {
      await sources.publish(verdict, config);
    } catch (error) {
      if (isExpected(error)) await tell(error, "unkept", "THE REPORT COULD NOT BE KEPT", now);
      throw error;
    }
    return 0;
  }

  return { begin, send };
}

function isExpected(error: unknown): error is CommandError | ConfigError {
  return error instanceof CommandError || error instanceof ConfigError;
}

/** What is wrong with a configuration may name variants. */
function explain(error: Error): string {
  if (!(error instanceof ConfigError)) return error.message;
  return `The configuration ${error.file} cannot be used: blindsplit check ${error.file} says what is wrong with it.`;
}
