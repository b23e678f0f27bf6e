import type { Config } from "../../../proxy/src/config/config.ts";
import type { Log } from "../../../proxy/src/log.ts";
import { planOf } from "../evidence/plan.ts";
import type { Verdict } from "../verdict/verdict.ts";
import { Case } from "./case.ts";
import { DirectSource } from "./direct-source.ts";
import type { Identity } from "./identity.ts";
import { PrometheusSource } from "./prometheus-source.ts";
import type { SavedState, StateFile } from "./state-file.ts";
import { LockLost } from "./state-lock.ts";
import type { Source, Step } from "./step.ts";

/** What was looked at this far ahead of the clock was looked at by a wrong one. */
const AHEAD_MS = 60_000;
/** While the past is read, looks are kept this often: what is lost by a death is read again. */
const CATCHING_UP_SAVE_MS = 10_000;

export interface SessionOptions {
  readonly config: Config;
  readonly identity: Identity;
  /** Undefined keeps nothing. */
  readonly file: StateFile | undefined;
  readonly now: () => number;
  readonly log: Log;
}

/** One phase of one experiment, from what was kept of it to what is decided now. */
export class Session {
  readonly #options: SessionOptions;
  readonly #source: Source;
  readonly #case: Case;
  #verdict: Verdict | undefined;
  #published: Verdict | undefined;
  #lookedAt: number | undefined;
  /** From where steps are read: the last look, unless the evidence is taken anew. */
  readonly #readSince: number | undefined;
  #savedAt = Number.NEGATIVE_INFINITY;
  #isUnsaved = false;
  #isSilent = false;
  #isPassingOver = false;

  private constructor(options: SessionOptions, opened: Case, state?: SavedState, isAnew = false) {
    const { config, now, log } = options;
    const { prometheus: url, stepMs } = config.judge;
    this.#options = options;
    this.#case = opened;
    this.#verdict = state?.verdict ?? undefined;
    this.#published = this.#verdict;
    const lookedAt = state?.lookedAt ?? undefined;
    this.#lookedAt = lookedAt !== undefined && isAhead(lookedAt, now()) ? undefined : lookedAt;
    this.#readSince = isAnew ? undefined : this.#lookedAt;
    this.#source =
      url === undefined
        ? new DirectSource({ config, stepMs, saved: state?.source, now, log })
        : new PrometheusSource({ url, config, stepMs, now, log });
  }

  /** @throws StateError where the file system refuses */
  static async open(options: SessionOptions): Promise<Session> {
    const { config, identity, file, now, log } = options;
    const plan = planOf(config);
    const found = (await file?.load(identity)) ?? { kind: "none" };
    const isRebuilt = config.judge.prometheus !== undefined;
    const consequence = isRebuilt ? "it is rebuilt from Prometheus" : "the evidence begins anew";
    if (found.kind === "corrupt")
      log.error(
        { aside: found.aside, reason: found.reason },
        `the state file is broken and was set aside; ${consequence}`,
      );
    if (found.kind === "other")
      log.warn(
        { aside: found.aside, reason: found.reason },
        `the state file is of something else and was set aside; ${consequence}`,
      );
    if (found.kind === "same") {
      const { state } = found;
      const hasSameNames = state.reads === readsOf(config);
      const isOfFuture = isAhead(state.lookedAt ?? 0, now());
      const reopened = hasSameNames && !isOfFuture ? Case.reopen(plan, state.evidence) : undefined;
      if (reopened !== undefined) {
        log.info({ looked_at: state.lookedAt }, "going on from the state file");
        return new Session(options, reopened, state);
      }
      const [suffix, reason] = isOfFuture
        ? [
            "future",
            `it was looked at ${new Date(state.lookedAt ?? 0).toISOString()}, by a clock that was ahead`,
          ]
        : hasSameNames
          ? ["unfit", "its evidence does not fit the configuration (step, variants, outcomes)"]
          : [state.reads, `it was read from ${state.reads}, where gateways have other names`];
      const aside = await file?.setAside(suffix);
      const judged = Case.judgeOn(plan, state.evidence, now());
      const kept = judged === undefined ? "" : "; what was decided stays";
      log.error(
        { aside, reason },
        `the state file cannot be gone on from and was set aside; ${consequence}${kept}`,
      );
      if (judged !== undefined)
        return new Session(options, judged, hasSameNames ? state : { ...state, source: null }, true);
    }
    return new Session(options, Case.open(plan));
  }

  /** Of the last look that was kept: nobody sees a decision that a death could take back. */
  get verdict(): Verdict | undefined {
    return this.#published;
  }

  /** What is past has been read; from now on each step comes to pass, by a clock that is not behind what was read. */
  get isReady(): boolean {
    const isBehind = this.#lookedAt !== undefined && isAhead(this.#lookedAt, this.#options.now());
    return this.#source.isCaughtUp && !this.#isPassingOver && !isBehind;
  }

  /** Goes on until the signal. `onLook` is called once each look is kept. */
  async run(signal: AbortSignal, onLook: (verdict: Verdict) => void): Promise<void> {
    for await (const step of this.#source.steps(this.#readSince, signal)) await this.#take(step, onLook);
    if (this.#isUnsaved) await this.#save();
  }

  /** Reads up to a moment, and gives what the last look found. Throws where it cannot be read. */
  async runUntil(until: number): Promise<Verdict | undefined> {
    for await (const step of this.#source.stepsUntil(this.#readSince, until))
      await this.#take(step, () => undefined);
    if (this.#isUnsaved) await this.#save();
    return this.#verdict;
  }

  stop(): Promise<void> {
    return this.#source.stop();
  }

  async #take({ at, readings, isLook }: Step, onLook: (verdict: Verdict) => void): Promise<void> {
    let isPressing = false;
    this.#isUnsaved = true;
    this.#noteClock(at);
    for (const reading of readings) {
      const isSilent = reading.processes.some(
        ({ tier, samples }) => tier === "gateway" && samples === undefined,
      );
      // What a gateway had counted that is gone, or may be, stands nowhere else.
      isPressing = this.#case.take(reading) || (isSilent && !this.#isSilent) || isPressing;
      this.#isSilent = isSilent;
    }
    // A clock that was set back, or evidence that is taken anew: the look was had already.
    const isLate = this.#lookedAt !== undefined && at <= this.#lookedAt;
    if (!isLook || isLate) {
      if (isPressing) await this.#save();
      return;
    }
    const verdict = this.#case.look(at);
    this.#verdict = verdict;
    this.#lookedAt = at;
    const { now, config } = this.#options;
    const isPast = now() - at > 2 * config.judge.stepMs;
    // What is past is told once more after a death, the same.
    if (!isPast || now() - this.#savedAt >= CATCHING_UP_SAVE_MS) await this.#save();
    this.#published = verdict;
    onLook(verdict);
  }

  #noteClock(at: number): void {
    const { config, log } = this.#options;
    const until = this.#case.readAt ?? Number.NEGATIVE_INFINITY;
    const isBehind = until - at > config.judge.stepMs;
    if (isBehind === this.#isPassingOver) return;
    this.#isPassingOver = isBehind;
    if (isBehind)
      log.error(
        { at: new Date(at).toISOString(), until: new Date(until).toISOString() },
        "the clock is behind what was read already: readings are passed over until then; if it was ahead before and is right now, start the judge anew",
      );
    else log.info("readings are taken again");
  }

  async #save(): Promise<void> {
    const { file, identity, config, log, now } = this.#options;
    this.#isUnsaved = false;
    if (file === undefined) return;
    try {
      await file.save({
        ...identity,
        stepMs: config.judge.stepMs,
        reads: readsOf(config),
        lookedAt: this.#lookedAt ?? null,
        verdict: this.#verdict ?? null,
        evidence: this.#case.toJSON(),
        source: this.#source.memory() ?? null,
      });
      this.#savedAt = now();
    } catch (error) {
      if (error instanceof LockLost) throw error;
      // A guardrail's stop must not wait for a full disk.
      this.#isUnsaved = true;
      log.error({ err: error }, "the state could not be kept; a restart would lose what was read since");
    }
  }
}

function readsOf({ judge }: Config): SavedState["reads"] {
  return judge.prometheus === undefined ? "processes" : "prometheus";
}

function isAhead(at: number, now: number): boolean {
  return at - now > AHEAD_MS;
}
