import type { UpstreamHealth } from "./health.ts";

/** Runs one check with the settings of now; resolves to undefined or to what went wrong. */
export type RunCheck = (signal: AbortSignal) => Promise<string | undefined>;

/**
 * When one upstream is checked: with a path always, without one only while it is ejected (to a healthy upstream
 * connections without a request are noise). One check at a time.
 */
export class CheckSchedule {
  readonly #health: UpstreamHealth;
  readonly #now: () => number;
  readonly #random: () => number;
  #runCheck: RunCheck | undefined;
  #timer: NodeJS.Timeout | undefined;
  #checkedAt: number | undefined;
  /** Of the check under way. */
  #underWay: AbortController | undefined;

  /** `now` gives milliseconds that never run backwards, `random` numbers in [0, 1). */
  constructor(health: UpstreamHealth, now: () => number, random: () => number) {
    this.#health = health;
    this.#now = now;
    this.#random = random;
    health.onChange.add(() => this.#arm());
  }

  /** Goes on with another check or other settings where it stood. */
  start(runCheck: RunCheck): void {
    this.#runCheck = runCheck;
    this.#arm();
  }

  stop(): void {
    this.#runCheck = undefined;
    clearTimeout(this.#timer);
    this.#underWay?.abort();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const runCheck = this.#runCheck;
    if (runCheck === undefined || this.#underWay !== undefined) return;
    const { path } = this.#health.settings.health;
    if (path === undefined && this.#health.isHealthy) return;
    if (path === undefined && this.#health.ejectedBy === "status")
      this.#after(this.#health.backOffLeftMs, () => {
        this.#health.backOffPassed();
        this.#arm();
      });
    else this.#after(this.#untilCheckMs(), () => void this.#check(runCheck));
  }

  #untilCheckMs(): number {
    const { path, intervalMs } = this.#health.settings.health;
    const sinceCheckMs = this.#checkedAt === undefined ? undefined : this.#now() - this.#checkedAt;
    if (path === undefined)
      return intervalMs - Math.min(sinceCheckMs ?? Number.POSITIVE_INFINITY, this.#health.sinceChangeMs);
    // Many upstreams are not checked in the same instant.
    return sinceCheckMs === undefined ? intervalMs * this.#random() : intervalMs - sinceCheckMs;
  }

  #after(delayMs: number, act: () => void): void {
    this.#timer = setTimeout(act, Math.max(0, Math.ceil(delayMs)));
    this.#timer.unref();
  }

  async #check(runCheck: RunCheck): Promise<void> {
    this.#checkedAt = this.#now();
    this.#underWay = new AbortController();
    const error = await runCheck(this.#underWay.signal);
    this.#underWay = undefined;
    // Nobody is interested any more.
    if (this.#runCheck === undefined) return;
    this.#health.checked(error);
    this.#arm();
  }
}
