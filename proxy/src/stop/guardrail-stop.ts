import { randomUUID } from "node:crypto";
import type { Config } from "../config/config.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Log } from "../log.ts";
import type { StopMetrics } from "../metrics/stop-metrics.ts";
import { JudgeWatch, judgeOf } from "./judge-watch.ts";
import { type KnownStop, KnownStops, readNotice, type StopNotice } from "./known-stops.ts";
import { findDisagreement, findStrangers } from "./letter-agreement.ts";
import { keepStops, readStops } from "./stop-file.ts";

export interface GuardrailStopOptions {
  /** Builds everything anew from the running configuration, if the weights in force have changed. */
  readonly apply: () => Promise<unknown>;
  readonly metrics: StopMetrics;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Treatments that the judge has stopped: who they are, from the judge or from the file, and that they get nobody. Lives
 * as long as the process; each generation asks it once, when it is built.
 */
export class GuardrailStop {
  readonly #options: GuardrailStopOptions;
  readonly #known = new KnownStops();
  readonly #watch: JudgeWatch;
  readonly #unique = randomUUID();
  #running: Config | undefined;
  /** The first to run. */
  #first: Config | undefined;
  /** The file that was read, if one was. */
  #recalled: string | undefined;
  /** Told of once. */
  #strangers = "";
  #isKeepingBroken = false;

  constructor(options: GuardrailStopOptions) {
    this.#options = options;
    this.#watch = new JudgeWatch({
      settings: () => this.#config().judge,
      refuse: (notice) => findDisagreement(notice, this.#config()),
      onNotice: (notice) => this.#hear(notice),
      reachable: options.metrics.reachable,
      log: options.log,
    });
  }

  /**
   * Before a generation is built: what the file keeps, and before the first one what the judge says. Over after 2 s; then
   * the gateway goes on with what it knows.
   */
  async prepare({ config }: LoadedConfig): Promise<void> {
    const url = judgeOf(config.judge);
    if (url === undefined) return;
    await this.#recall(config.judge.stopFile);
    if (this.#running !== undefined) return;
    this.#first = config;
    await this.#watch.ask(url);
  }

  /** What `config` has to heed, whose weights become 0; the first that was stopped first. */
  inForce(config: Config): readonly KnownStop[] {
    return config.judge.stop === "on" ? this.#known.of(config) : [];
  }

  /** Another configuration runs. */
  published(config: Config): void {
    this.#running = config;
    this.#describe(config);
    this.#watch.wake();
  }

  stop(): void {
    this.#watch.stop();
  }

  #config(): Config {
    const config = this.#running ?? this.#first;
    if (config === undefined) throw new Error("the judge is asked before a configuration was read");
    return config;
  }

  async #hear(notice: StopNotice): Promise<void> {
    const config = this.#config();
    this.#complain(findStrangers(notice, config));
    const added = this.#known.add(readNotice(notice, config, this.#options.now()));
    if (added.length > 0) this.#say(config, added);
    if (this.#running !== undefined) {
      this.#describe(config);
      await this.#options.apply();
    }
    await this.#keep(config.judge.stopFile);
  }

  #say({ experiment: { name, phase }, judge }: Config, added: readonly KnownStop[]): void {
    const said = { experiment: name, phase, stopped: added.map(({ variant }) => variant) };
    this.#options.log.warn(
      said,
      judge.stop === "on"
        ? "the judge has stopped variants: their users get the control"
        : "the judge has stopped variants: this is a dry run (judge.stop), nobody moves",
    );
  }

  #describe(config: Config): void {
    const { stopped } = this.#options.metrics;
    const { name: experiment, phase } = config.experiment;
    const names = new Set(
      config.judge.stop === "off" ? [] : this.#known.of(config).map(({ variant }) => variant),
    );
    stopped.clear();
    for (const { name } of config.variants)
      stopped.series({ experiment, phase: String(phase), model_version: name }).value = names.has(name)
        ? 1
        : 0;
  }

  #complain(strangers: readonly string[]): void {
    const letters = strangers.join();
    if (letters !== "" && letters !== this.#strangers)
      this.#options.log.error(
        { letters },
        "the judge stops letters that no treatment has here: give it and every gateway the same variants and control",
      );
    this.#strangers = letters;
  }

  async #recall(file: string | undefined): Promise<void> {
    if (file === undefined || file === this.#recalled) return;
    this.#recalled = file;
    try {
      const { stops, problems } = await readStops(file);
      this.#known.add(stops);
      if (problems.length > 0)
        this.#options.log.error(
          { file, problems },
          "some stops of before cannot be read (judge.stop_file); the others hold",
        );
    } catch (error) {
      this.#options.log.error({ err: error, file }, "stops of before cannot be read (judge.stop_file)");
    }
  }

  async #keep(file: string | undefined): Promise<void> {
    if (file === undefined || this.#known.all.length === 0) return;
    try {
      await keepStops(file, this.#known.all, this.#unique);
      this.#isKeepingBroken = false;
    } catch (error) {
      if (!this.#isKeepingBroken)
        this.#options.log.error({ err: error, file }, "stops cannot be kept (judge.stop_file)");
      this.#isKeepingBroken = true;
    }
  }
}
