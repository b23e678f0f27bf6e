import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { isDeepStrictEqual } from "node:util";
import type { Address } from "../../../proxy/src/app.ts";
import type { Config } from "../../../proxy/src/config/config.ts";
import type { Environment } from "../../../proxy/src/config/load.ts";
import { watchContent } from "../../../proxy/src/config/watch.ts";
import { createDrain } from "../../../proxy/src/drain.ts";
import type { Log } from "../../../proxy/src/log.ts";
import { identityOf } from "./identity.ts";
import type { JudgeOverrides } from "./options.ts";
import { createJudgeServer } from "./server.ts";
import { Session } from "./session.ts";
import { loadSettings } from "./settings.ts";
import { StateFile } from "./state-file.ts";
import { lockState, type OwnProcess } from "./state-lock.ts";

export interface JudgeOptions {
  readonly configFile: string;
  readonly overrides: JudgeOverrides;
  readonly env: Environment;
  readonly log: Log;
  readonly process: OwnProcess;
  readonly now: () => number;
  /** What nobody expected: the judge has stopped looking. */
  readonly onFailure: (error: unknown) => void;
}

export interface Judge {
  /** The listener is bound when it resolves. @throws ConfigError, StateError, or what the listener says */
  start(): Promise<void>;
  stop(): Promise<void>;
  address(): Address;
}

interface Running {
  readonly session: Session;
  end(): Promise<void>;
}

/** Wires the judge: one configuration file, one session at a time, one listener. */
export function createJudge(options: JudgeOptions): Judge {
  const { configFile, overrides, env, log, now } = options;
  const teardown: { readonly name: string; run(): Promise<unknown> | unknown }[] = [];
  let config: Config | undefined;
  let running: Running | undefined;
  let reloading: Promise<void> = Promise.resolve();
  let isStopped = false;

  const server = createJudgeServer({
    current: () => {
      if (config === undefined) throw new Error("the judge answers before it has a configuration");
      const session = running?.session;
      return { config, verdict: session?.verdict, isReady: session?.isReady ?? false };
    },
    log,
  });

  async function open(next: Config, file: StateFile): Promise<void> {
    const identity = identityOf(next);
    const session = await Session.open({ config: next, identity, file, now, log });
    const ended = new AbortController();
    let answer = session.verdict?.answer;
    const looking = session
      .run(ended.signal, (verdict) => {
        const isNew = verdict.answer !== answer;
        answer = verdict.answer;
        // Whose answer it is stays out of the log.
        const said = {
          experiment: verdict.experiment,
          phase: verdict.phase,
          answer: maskedWord(answer),
          at: verdict.at,
        };
        if (isNew) log.info(said, "the answer is another one");
        else log.debug(said, "looked");
      })
      .catch(options.onFailure);
    running = {
      session,
      async end() {
        ended.abort();
        await session.stop();
        await looking;
      },
    };
    config = next;
  }

  /** Other weights, hosts or tokens change nothing that is counted; another phase or analysis begins anew. */
  async function reload(file: StateFile): Promise<void> {
    if (isStopped || config === undefined) return;
    let next: Config;
    try {
      next = (await loadSettings(configFile, overrides, env)).config;
    } catch (error) {
      log.error({ err: error }, "the configuration cannot be used; the one before goes on");
      return;
    }
    const { host, port, state } = config.judge;
    const fixed = { host, port, state };
    const wanted = { ...next, judge: { ...next.judge, ...fixed } };
    if (!isDeepStrictEqual(next.judge, wanted.judge))
      log.warn("judge.host, judge.port and judge.state change with a restart only");
    log.level = wanted.log.level;
    if (isDeepStrictEqual(evidenceKeys(config), evidenceKeys(wanted))) {
      config = wanted;
      return;
    }
    log.info(
      { experiment: wanted.experiment.name, phase: wanted.experiment.phase },
      "the configuration is judged anew",
    );
    await running?.end();
    await open(wanted, file);
  }

  async function close(): Promise<void> {
    for (const step of teardown.splice(0).reverse()) {
      try {
        await step.run();
      } catch (error) {
        log.error({ err: error, step: step.name }, "a step of the shutdown failed");
      }
    }
  }

  return {
    async start() {
      try {
        const loaded = await loadSettings(configFile, overrides, env);
        const { judge } = loaded.config;
        log.level = loaded.config.log.level;
        const lock = await lockState(judge.state, options.process);
        teardown.push({ name: "state lock", run: () => lock.release() });
        const file = new StateFile(judge.state, lock);
        await open(loaded.config, file);
        teardown.push({ name: "looking", run: () => running?.end() });
        server.listen(judge.port, judge.host);
        await once(server, "listening");
        const drain = createDrain(server);
        teardown.push({ name: "listener", run: () => drain(0) });
        const watch = watchContent(
          configFile,
          () => config?.reload.pollMs ?? loaded.config.reload.pollMs,
          () => {
            reloading = reloading.then(() => reload(file)).catch(options.onFailure);
          },
          { seen: loaded.digest },
        );
        teardown.push({ name: "reload", run: () => reloading });
        teardown.push({ name: "configuration watch", run: () => watch.stop() });
        const { experiment } = loaded.config;
        log.info(
          {
            ...this.address(),
            experiment: experiment.name,
            phase: experiment.phase,
            step_ms: judge.stepMs,
            reads: judge.prometheus === undefined ? "processes" : "prometheus",
          },
          "started",
        );
      } catch (error) {
        await close();
        throw error;
      }
    },
    async stop() {
      isStopped = true;
      log.info("stopping");
      await close();
      log.info("stopped");
    },
    address() {
      const { address, port } = server.address() as AddressInfo;
      return { host: address, port };
    },
  };
}

/** What the session was made of. */
function evidenceKeys(config: Config): unknown {
  const { experiment, variants, analysis, outcomes, judge, admin } = config;
  const { stepMs, prometheus, gateways } = judge;
  return {
    experiment: [experiment.name, experiment.phase],
    variants: variants.map(({ name, control, upstreams }) => ({ name, control, upstreams })),
    analysis,
    outcomes: outcomes && [outcomes.plain, outcomes.numeric, outcomes.labels],
    judge: { stepMs, prometheus, gateways },
    // Whom it asks, and with what.
    admin: [admin.host, admin.port, admin.replicas, admin.token],
  };
}

/** `worse` would tell, beside a letter, which variant is the treatment. */
function maskedWord(answer: string): string {
  return answer === "worse" ? "better" : answer;
}
