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
  const outcomes: readonly ReloadOutcome[] = [];
  let active: Promise<unknown> | undefined;
  let queued: Promise<ReloadOutcome> | undefined;

  const current = (): Running<G> => {
    if (running === undefined) throw new Error("no configuration is running yet: await start() first");
    return running;
  };

  const swap = (loaded: LoadedConfig, number: number): G => {
    const generation = build(loaded, number);
    const previous = running?.generation;
    running = { generation, number, loaded };
    publish(generation, previous);
    return generation;
  };

  return {
    async start() {
      if (running !== undefined) throw new Error("the configuration store was started before");
      return swap(await load(), 1);
    },
    current: () => current().generation,
    reload() {
      throw new Error("not built yet");
    },
    history: () => outcomes,
  };
}
