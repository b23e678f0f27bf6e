import { isDeepStrictEqual } from "node:util";
import { refuseFixed } from "./fixed.ts";
import type { LoadedConfig } from "./load.ts";
import { ConfigError, type Problem } from "./problem.ts";

/** What makes the file be read again. */
export type ReloadTrigger = "signal" | "http" | "watch";
/** `stop` builds the running configuration anew: the judge has stopped a variant. */
export type ReplaceTrigger = ReloadTrigger | "stop";

export interface ReloadOutcome {
  readonly result: "swapped" | "unchanged" | "rejected";
  readonly trigger: ReplaceTrigger;
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
  /** Of what would run: the configuration, and what changes it from outside. */
  readonly hash?: (loaded: LoadedConfig) => string;
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
  /** Replaces the running generation by one of the same configuration, if `hash` has changed; the file is not read. */
  rebuild(trigger: "stop"): Promise<ReloadOutcome>;
  /** The last ten outcomes, oldest first. */
  history(): readonly ReloadOutcome[];
}

interface Running<G> {
  readonly generation: G;
  readonly number: number;
  readonly loaded: LoadedConfig;
  readonly hash: string;
}

const HISTORY = 10;

/** Holds the running generation and replaces it whole, or not at all. */
export function createConfigStore<G>(options: ConfigStoreOptions<G>): ConfigStore<G> {
  const { load, build, publish, onOutcome, now = Date.now, hash: hashOf = ({ hash }) => hash } = options;
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

  const settle = (
    trigger: ReplaceTrigger,
    previousHash: string,
    result: ReloadOutcome["result"],
    problems: readonly Problem[] = [],
  ): ReloadOutcome => {
    const outcome = { result, trigger, at: now(), hash: current().hash, previousHash, problems };
    outcomes = [...outcomes, outcome].slice(-HISTORY);
    onOutcome?.(outcome);
    return outcome;
  };

  const replace = (before: Running<G>, loaded: LoadedConfig, trigger: ReplaceTrigger): ReloadOutcome => {
    const number = before.number + 1;
    let generation: G;
    try {
      generation = build(loaded, number);
    } catch (error) {
      return settle(trigger, before.hash, "rejected", problemsOf(error));
    }
    running = { generation, number, loaded, hash: hashOf(loaded) };
    publish(generation, before.generation);
    return settle(trigger, before.hash, "swapped");
  };

  const perform = async (trigger: ReloadTrigger): Promise<ReloadOutcome> => {
    const before = current();
    const prepared = await prepare(before);
    if ("problems" in prepared) return settle(trigger, before.hash, "rejected", prepared.problems);
    const { loaded } = prepared;
    // Not the hash: it leaves out keys that a reload does change, such as log.level.
    if (isDeepStrictEqual(before.loaded.config, loaded.config))
      return settle(trigger, before.hash, "unchanged");
    return replace(before, loaded, trigger);
  };

  /** One after the other. */
  const enqueue = (work: () => ReloadOutcome | Promise<ReloadOutcome>): Promise<ReloadOutcome> => {
    const result = active.then(work);
    active = result.catch(() => undefined);
    return result;
  };

  return {
    async start() {
      if (running !== undefined) throw new Error("the configuration store was started before");
      const loaded = await load();
      const generation = build(loaded, 1);
      running = { generation, number: 1, loaded, hash: hashOf(loaded) };
      publish(generation, undefined);
      return generation;
    },
    current: () => current().generation,
    // Callers that arrive during a load share the next one, so that any number of them waits for two at most.
    async reload(trigger) {
      queued ??= enqueue(() => {
        queued = undefined;
        return perform(trigger);
      });
      return { ...(await queued), trigger };
    },
    rebuild: (trigger) =>
      enqueue(() => {
        const before = current();
        return hashOf(before.loaded) === before.hash
          ? settle(trigger, before.hash, "unchanged")
          : replace(before, before.loaded, trigger);
      }),
    history: () => outcomes,
  };
}

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ConfigError) return error.problems;
  const message = error instanceof Error ? error.message : String(error);
  return [{ path: "", line: undefined, column: undefined, message }];
}
