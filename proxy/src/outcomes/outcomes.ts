import type { OutcomeSettings } from "../config/analysis-config.ts";
import type { Config } from "../config/config.ts";
import { stratumOf } from "../experiment/stratum.ts";
import type { Log } from "../log.ts";
import { keptMsOf } from "../metrics/lifetimes.ts";
import type { OutcomeMetrics } from "../metrics/outcome-metrics.ts";
import type { ExperimentShape } from "../metrics/record.ts";
import type { Labels } from "../metrics/series.ts";
import type { RateLimits } from "../request/rate.ts";
import { OutcomeDesk } from "./desk.ts";
import { createExaminer } from "./examine.ts";
import { Intake } from "./intake.ts";
import { TokenIssuer } from "./issuer.ts";
import { Journal } from "./journal.ts";
import { lineOfForgotten, linesOfSnapshot, restoreLine } from "./journal-content.ts";
import { JournalFile } from "./journal-file.ts";
import { nameCode } from "./name-code.ts";
import type { OutcomeKey } from "./outcome.ts";
import { RecentIds } from "./recent-ids.ts";
import { MOST_UNCONFIRMED, SharedIds } from "./shared-ids.ts";
import { Tally } from "./tally.ts";
import { openToken, TokenSeal } from "./token.ts";
import { deriveTokenKey, TOKENS_PER_KEY, type TokenKey } from "./token-key.ts";
import { widthOf } from "./token-layout.ts";

export interface OutcomesOptions {
  readonly metrics: OutcomeMetrics;
  readonly log: Log;
  readonly rateLimits: RateLimits;
  readonly now: () => number;
}

interface HeldShared {
  readonly ids: SharedIds;
  holders: number;
}

/** What this process knows of outcomes; it outlives the generations that use it. */
export class Outcomes {
  readonly #options: OutcomesOptions;
  readonly #tally: Tally;
  readonly #keys = new Map<string, TokenKey>();
  readonly #shared = new Map<string, HeldShared>();
  /** Names by their codes, of every configuration so far: tokens may be older than the running one. */
  readonly #variants = new Map<string, string>();
  #ids: RecentIds | undefined;
  #journal: Journal | undefined;
  #intake: Intake | undefined;

  constructor(options: OutcomesOptions) {
    this.#options = options;
    this.#tally = new Tally(options.metrics);
  }

  /**
   * Takes up what an earlier process has counted; before that, nothing may be counted here.
   *
   * @throws JournalError
   */
  async open(config: Config): Promise<void> {
    const { outcomes: settings } = config;
    if (settings?.journal !== undefined) await this.#openJournal(settings.journal, settings, config);
    this.#intake = new Intake({
      tally: this.#tally,
      journal: this.#journal,
      ids: () => this.#remembered(),
      now: this.#options.now,
    });
  }

  async #openJournal(path: string, settings: OutcomeSettings, config: Config): Promise<void> {
    const { metrics, log, now } = this.#options;
    const { experiment } = config;
    const tally = this.#tally;
    const ids = this.#remember(settings.duplicates.window);
    const recent: OutcomeKey[] = [];
    const onOutcome = (key: Pick<OutcomeKey, "digest" | "value">, issuedAt: number) => {
      recent.push({ ...key, expiresAt: issuedAt + settings.maxAgeMs });
      if (recent.length > 2 * MOST_UNCONFIRMED) recent.splice(0, MOST_UNCONFIRMED);
    };
    const file = await JournalFile.open(path, (line) => restoreLine(line, { tally, ids, onOutcome }));
    this.#journal = new Journal({
      file,
      snapshot: () => linesOfSnapshot(tally, this.#remembered()),
      up: metrics.journalUp.series(),
      log,
    });
    metrics.journalInfo.series({ journal: file.id }).value = 1;
    const oldest = now() - keptMsOf(config);
    const isCurrent = (name: string, phase: string) =>
      name === experiment.name && phase === String(experiment.phase);
    const removed = tally.removePhases(
      (name, phase, at) => isCurrent(name, phase) || at >= oldest,
      experiment.name,
    );
    // Otherwise a phase that runs again would come back with all that a reader has seen.
    for (const labels of removed) void this.#journal.append(lineOfForgotten(labels), () => undefined);
    for (const { ids: shared } of this.#shared.values()) shared.confirmLater(recent);
    for (const { model_version: name = "" } of metrics.outcomes.labelSets())
      this.#variants.set(nameCode(name), name);
    log.info({ file: path, bytes: file.bytes, ids: ids.size }, "the journal of outcomes was read");
  }

  /** What one configuration makes of it; undefined without outcomes. Each `for` is answered by one `close` of the desk. */
  for(config: Config, shape: ExperimentShape): OutcomeDesk | undefined {
    const { outcomes: settings, experiment } = config;
    if (settings === undefined) return undefined;
    const { metrics, rateLimits, now } = this.#options;
    this.#remember(settings.duplicates.window);
    for (const { name } of shape.variants) this.#variants.set(nameCode(name), name);
    const keys = settings.secrets.map((secret) => this.#keyOf(secret));
    const shared = this.#hold(settings.duplicates.redis);
    const rate = rateLimits.for(settings.rate && { ...settings.rate, redis: undefined }, experiment);
    return new OutcomeDesk({
      settings,
      trustedHops: config.identity.trustedHops,
      examine: createExaminer({
        settings,
        experiment: shape.experiment,
        variants: this.#variants,
        open: (token) => openToken(keys, token),
        now,
      }),
      take: async (outcome, key) => (await this.#intake?.take(outcome, key, shared?.ids)) ?? "not_stored",
      drop: (key) => this.#intake?.drop(key) ?? "dropped",
      issuers: this.#issuers(settings, shape, keys[0] as TokenKey),
      rate,
      metrics,
      shape,
      release: async () => {
        await Promise.all([rate?.close(), shared?.release()]);
      },
    });
  }

  /** Series with these labels are gone: a later process must not bring them back, with all that a reader has seen. */
  forget(labels: Labels): void {
    this.#tally.forget(labels);
    void this.#journal?.append(lineOfForgotten(labels), () => undefined);
  }

  /** What was taken is on disk when it resolves. */
  async close(): Promise<void> {
    await this.#journal?.close();
    await Promise.all([...this.#shared.values()].map(({ ids }) => ids.close()));
  }

  #issuers(settings: OutcomeSettings, shape: ExperimentShape, key: TokenKey): TokenIssuer[] {
    const { metrics, now } = this.#options;
    const weights = shape.variants.map(({ weight }) => weight);
    const seal = new TokenSeal(key, widthOf(weights.length), (used) => this.#watch(used));
    return shape.variants.map(
      ({ name }) =>
        new TokenIssuer({
          experiment: shape.experiment,
          phase: shape.phase,
          variant: name,
          weights,
          stratum: stratumOf(weights),
          labels: settings.labels,
          ...{ seal, metrics, now },
        }),
    );
  }

  #watch({ sealed }: TokenKey): void {
    if (sealed !== TOKENS_PER_KEY / 2) return;
    this.#options.log.warn(
      { tokens: sealed, limit: TOKENS_PER_KEY },
      "half of the tokens that one secret is good for were given by this process alone: put a new first one into outcomes.secrets",
    );
  }

  #keyOf(secret: string): TokenKey {
    const key = this.#keys.get(secret) ?? deriveTokenKey(secret);
    this.#keys.set(secret, key);
    return key;
  }

  #remembered(): RecentIds {
    return this.#ids ?? this.#remember(1);
  }

  /** The ids of this process, with room for so many. */
  #remember(window: number): RecentIds {
    if (this.#ids?.limit === window) return this.#ids;
    const ids = new RecentIds(window);
    for (const piece of this.#ids?.pieces(10_000) ?? []) ids.addPiece(piece);
    this.#ids = ids;
    return ids;
  }

  #hold(url: string | undefined) {
    if (url === undefined) return undefined;
    const { log, metrics, now } = this.#options;
    const held = this.#shared.get(url) ?? { ids: new SharedIds(url, { log, metrics, now }), holders: 0 };
    this.#shared.set(url, held);
    held.holders++;
    return {
      ids: held.ids,
      release: async () => {
        held.holders--;
        if (held.holders > 0) return;
        this.#shared.delete(url);
        if (this.#shared.size === 0) metrics.storeUp.clear();
        await held.ids.close();
      },
    };
  }
}
