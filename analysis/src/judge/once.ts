import type { Config } from "../../../proxy/src/config/config.ts";
import type { Environment } from "../../../proxy/src/config/load.ts";
import type { Log } from "../../../proxy/src/log.ts";
import type { Verdict } from "../verdict/verdict.ts";
import { identityOf } from "./identity.ts";
import type { JudgeOverrides } from "./options.ts";
import { Session } from "./session.ts";
import { loadSettings } from "./settings.ts";
import { StateError } from "./state-error.ts";
import { StateFile } from "./state-file.ts";
import { lockState, type OwnProcess } from "./state-lock.ts";

export interface LookOptions {
  readonly configFile: string;
  readonly overrides: JudgeOverrides;
  readonly env: Environment;
  readonly log: Log;
  readonly process: OwnProcess;
  readonly now: () => number;
  /** Milliseconds since 1970, of the past: from Prometheus alone, and nothing is kept. Undefined is now, with the state file. */
  readonly at: number | undefined;
}

/**
 * One look, for a report or a cron job; undefined where nothing was counted yet.
 *
 * @throws ConfigError, StateError, PrometheusError
 */
export async function lookOnce(
  options: LookOptions,
): Promise<{ readonly config: Config; readonly verdict: Verdict | undefined }> {
  const { configFile, overrides, env, log, now, at } = options;
  const { config } = await loadSettings(configFile, overrides, env);
  const { prometheus, state } = config.judge;
  if (at !== undefined && prometheus === undefined)
    throw new StateError(
      "a look at the past needs a Prometheus, which remembers it: name one with --prometheus or judge.prometheus",
    );
  const lock = at === undefined ? await lockState(state, options.process) : undefined;
  try {
    const file = lock && new StateFile(state, lock);
    const identity = identityOf(config);
    const session = await Session.open({ config, identity, file, now, log });
    try {
      return { config, verdict: await session.runUntil(at ?? now()) };
    } finally {
      await session.stop();
    }
  } finally {
    await lock?.release();
  }
}
