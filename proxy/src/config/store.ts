import { isDeepStrictEqual } from "node:util";
import { refuseFixed } from "./fixed.ts";
import type { LoadedConfig } from "./load.ts";
import { ConfigError, type Problem } from "./problem.ts";

export type ReloadTrigger = "signal" | "http" | "watch";

export interface ReloadOutcome {
  readonly result: "swapped" | "unchanged" | "rejected";
  readonly trigger: ReloadTrigger;
  /** When it was decided, in milliseconds since the epoch. */
  readonly at: number;
  /** Of the configuration that runs afterwards. Equal to `previousHash` also after a change of admin or log keys. */
  readonly hash: string;
  readonly previousHash: string;
  /** Empty unless rejected. */
  readonly problems: readonly Problem[];
}

export interface ConfigStoreOptions<G> {
  readonly load: () => Promise<LoadedConfig>;
  /** Everything that can fail about a generation; a throw rejects the reload. Numbers count from 1. */
  readonly build: (loaded: LoadedConfig, number: number) => G;
  /** Called right after the reference was swapped; must not fail. */
  readonly publish: (next: G, previous: G | undefined) => void;
  readonly onOutcome?: (outcome: ReloadOutcome) => void;
  readonly now?: () => number;
}

export interface ConfigStore<G> {
  /** Loads and publishes the first generation; throws what is wrong with it. */
  start(): Promise<G>;
  current(): G;
  reload(trigger: ReloadTrigger): Promise<ReloadOutcome>;
  /** The last ten outcomes, oldest first. */
  history(): readonly ReloadOutcome[];
}

interface Running<G> {
  readonly generation: G;
  readonly number: number;
  readonly loaded: LoadedConfig;
}

const HISTORY = 10;

/** Holds the running generation and replaces it whole, or not at all. */
export function createConfigStore<G>(options: ConfigStoreOptions<G>): ConfigStore<G> {
  const { load, build, publish, onOutcome, now = Date.now } = options;
  let running: Running<G> | undefined;
  let outcomes: readonly ReloadOutcome[] = [];
  let active: Promise<unknown> = Promise.resolve();
  let queued: Promise<ReloadOutcome> | undefined;

  const current = (): Running<G> => {
    if (running === undefined) throw new Error("no configuration is running yet: await start() first");
    return running;
  };

  const prepare = async (
    before: Running<G>,
  ): Promise<{ loaded: LoadedConfig } | { problems: readonly Problem[] }> => {
    try {
      const loaded = await load();
      const problems = refuseFixed(before.loaded.config, loaded.config);
      return problems.length > 0 ? { problems } : { loaded };
    } catch (error) {
      return { problems: problemsOf(error) };
    }
  };

  const perform = async (trigger: ReloadTrigger): Promise<ReloadOutcome> => {
    const before = current();
    const previousHash = before.loaded.hash;
    const settle = (result: ReloadOutcome["result"], problems: readonly Problem[] = []): ReloadOutcome => {
      const outcome = { result, trigger, at: now(), hash: current().loaded.hash, previousHash, problems };
      outcomes = [...outcomes, outcome].slice(-HISTORY);
      onOutcome?.(outcome);
      return outcome;
    };
    const prepared = await prepare(before);
    if ("problems" in prepared) return settle("rejected", prepared.problems);
    const { loaded } = prepared;
    // Not the hash: it leaves out keys that a reload does change, such as log.level.
    if (isDeepStrictEqual(before.loaded.config, loaded.config)) return settle("unchanged");
    let generation: G;
    try {
      generation = build(loaded, before.number + 1);
    } catch (error) {
      return settle("rejected", problemsOf(error));
    }
    running = { generation, number: before.number + 1, loaded };
    publish(generation, before.generation);
    return settle("swapped");
  };

  return {
    async start() {
      if (running !== undefined) throw new Error("the configuration store was started before");
      const loaded = await load();
      const generation = build(loaded, 1);
      running = { generation, number: 1, loaded };
      publish(generation, undefined);
      return generation;
    },
    current: () => current().generation,
    // Callers that arrive during a load share the next one, so that any number of them waits for two at most.
    async reload(trigger) {
      queued ??= active.then(() => {
        queued = undefined;
        const reloading = perform(trigger);
        active = reloading.catch(() => undefined);
        return reloading;
      });
      return { ...(await queued), trigger };
    },
    history: () => outcomes,
  };
}

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ConfigError) return error.problems;
  const message = error instanceof Error ? error.message : String(error);
  return [{ path: "", line: undefined, column: undefined, message }];
}
