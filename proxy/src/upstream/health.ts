import type { Ejection, Health } from "../config/config.ts";
import type { Log } from "../log.ts";
import type { UpstreamRecord } from "../metrics/upstream-metrics.ts";

/** `connect`: no connection came about. `status`: the service said 502, 503 or 504. */
export type UpstreamFailure = "connect" | "status";
export type EjectionReason = UpstreamFailure | "check";

export interface HealthSettings {
  readonly health: Health;
  readonly ejection: Ejection;
}

export interface HealthOptions {
  readonly variant: string;
  readonly url: string;
  readonly settings: HealthSettings;
  readonly record: UpstreamRecord;
  readonly log: Log;
  /** Milliseconds that never run backwards. */
  readonly now: () => number;
}

interface Ejected {
  readonly by: EjectionReason;
  readonly at: number;
  readonly until: number;
}

/**
 * Whether one upstream may get requests, and why not. Requests and checks report to it; it has no clock of its
 * own, the schedule asks it. It outlives the configuration: a reload does not make a sick upstream well.
 */
export class UpstreamHealth {
  readonly variant: string;
  readonly url: string;
  readonly onChange = new Set<() => void>();
  settings: HealthSettings;
  readonly record: UpstreamRecord;
  readonly #log: Log;
  readonly #now: () => number;
  #failures = 0;
  #checkFailures = 0;
  #checkSuccesses = 0;
  #ejected: Ejected | undefined;
  #ejections = 0;
  /** Ejections in a row before the last. */
  #repeated = 0;
  /** Something has shown since its readmission that it is well; of what answered 503, only an answered request does. */
  #provenSince = true;
  #backOffMs = 0;
  #readmittedAt: number | undefined;
  #changedAt: number;
  #changedOn = new Date();
  #lastError: string | undefined;
  #lastCheck: Date | undefined;

  constructor({ variant, url, settings, record, log, now }: HealthOptions) {
    this.variant = variant;
    this.url = url;
    this.settings = settings;
    this.record = record;
    this.#log = log;
    this.#now = now;
    this.#changedAt = now();
  }

  get isHealthy(): boolean {
    return this.#ejected === undefined;
  }

  get ejectedBy(): EjectionReason | undefined {
    return this.#ejected?.by;
  }

  /** Until the back-off of an ejected upstream has passed; never negative. */
  get backOffLeftMs(): number {
    return Math.max(0, (this.#ejected?.until ?? 0) - this.#now());
  }

  /** Since it was ejected or readmitted, or since it is known. */
  get sinceChangeMs(): number {
    return this.#now() - this.#changedAt;
  }

  /** A request was answered. */
  succeeded(): void {
    if (this.#ejected !== undefined) return;
    this.#failures = 0;
    this.#provenSince = true;
  }

  /** A request failed; `detail` is for the operator. */
  failed(kind: UpstreamFailure, detail: string): void {
    this.#failures++;
    this.#lastError = detail;
    const { afterFailures } = this.settings.ejection;
    if (this.#ejected === undefined && afterFailures > 0 && this.#failures >= afterFailures)
      this.#eject(kind);
  }

  /** A check ended; `error` says why it failed. */
  checked(error: string | undefined): void {
    this.#lastCheck = new Date();
    const { healthyAfter, unhealthyAfter } = this.settings.health;
    if (error === undefined) {
      this.record.checks.success.value++;
      this.#checkFailures = 0;
      this.#checkSuccesses++;
      if (this.#checkSuccesses >= healthyAfter && this.#checksReadmit()) this.#readmit(0);
      return;
    }
    this.record.checks.failure.value++;
    this.#lastError = error;
    this.#checkSuccesses = 0;
    this.#checkFailures++;
    if (this.#ejected === undefined && this.#checkFailures >= unhealthyAfter) this.#eject("check");
  }

  /** Without a path to check only time readmits an upstream that answers, but with 502, 503 or 504. */
  backOffPassed(): void {
    const { health, ejection } = this.settings;
    if (this.#ejected?.by !== "status" || health.path !== undefined || this.backOffLeftMs > 0) return;
    // On trial: the first answer decides.
    this.#readmit(Math.max(0, ejection.afterFailures - 1));
  }

  /** As an operator reads it. */
  describe() {
    return {
      healthy: this.isHealthy,
      since: this.#changedOn.toISOString(),
      consecutive_failures: this.#failures,
      ejections: this.#ejections,
      ejected_by: this.#ejected?.by ?? null,
      back_off_ms: this.#effectiveBackOffMs ?? null,
      last_error: this.#lastError ?? null,
      last_check: this.#lastCheck?.toISOString() ?? null,
    };
  }

  /** Only who answers 502, 503 or 504 has to wait: any other is back with the next successful check. */
  get #effectiveBackOffMs(): number | undefined {
    return this.#ejected?.by === "status" ? this.#backOffMs : undefined;
  }

  #checksReadmit(): boolean {
    if (this.#ejected === undefined) return false;
    if (this.#ejected.by !== "status") return true;
    if (this.settings.health.path === undefined) return false;
    // A check that readmitted what failed again at once has no credit left: then the back-off counts, too.
    return this.#repeated === 0 || this.backOffLeftMs === 0;
  }

  #eject(by: EjectionReason): void {
    const at = this.#now();
    const { baseMs, maxMs } = this.settings.ejection;
    const isSoon = this.#readmittedAt !== undefined && at - this.#readmittedAt <= this.#backOffMs;
    this.#repeated = isSoon || !this.#provenSince ? this.#repeated + 1 : 0;
    this.#backOffMs = Math.min(maxMs, baseMs * 2 ** this.#repeated);
    this.#ejected = { by, at, until: at + this.#backOffMs };
    this.#checkSuccesses = 0;
    this.#ejections++;
    this.record.ejections[by].value++;
    this.#log.warn(
      { ...this.#names(), reason: by, backOffMs: this.#effectiveBackOffMs, error: this.#lastError },
      "upstream ejected",
    );
    this.#changed();
  }

  #readmit(failures: number): void {
    const { by, at } = this.#ejected as Ejected;
    const now = this.#now();
    this.#ejected = undefined;
    this.#readmittedAt = now;
    this.#provenSince = by !== "status";
    this.#failures = failures;
    this.#checkFailures = 0;
    this.#log.info({ ...this.#names(), reason: by, ejectedMs: Math.round(now - at) }, "upstream readmitted");
    this.#changed();
  }

  #names() {
    return { variant: this.variant, upstream: this.url };
  }

  #changed(): void {
    this.#changedAt = this.#now();
    this.#changedOn = new Date();
    for (const tell of this.onChange) tell();
  }
}
