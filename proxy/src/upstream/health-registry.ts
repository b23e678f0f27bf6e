import type { UpstreamAddress } from "../config/config.ts";
import type { Log } from "../log.ts";
import { createUpstreamRecord, type UpstreamMetrics } from "../metrics/upstream-metrics.ts";
import { CheckSchedule, type RunCheck } from "./check-schedule.ts";
import { type HealthSettings, UpstreamHealth } from "./health.ts";

interface Entry {
  readonly health: UpstreamHealth;
  readonly schedule: CheckSchedule;
  /** Generations that use it. */
  uses: number;
}

/**
 * What is known of every upstream; lives as long as the process, so that a reload neither forgets a sick upstream
 * nor checks one twice. Forgets what no generation uses any more.
 */
export class HealthRegistry {
  readonly #entries = new Map<string, Entry>();
  readonly #metrics: UpstreamMetrics;
  readonly #log: Log;

  constructor(metrics: UpstreamMetrics, log: Log) {
    this.#metrics = metrics;
    this.#log = log;
  }

  /** Shared by all generations that name the same upstream for the same variant. */
  of(variant: string, address: UpstreamAddress, settings: HealthSettings): UpstreamHealth {
    return this.#entry(variant, address, settings).health;
  }

  /** From now on these settings and this check count. Each `use` is answered by one `release`. */
  use(variant: string, address: UpstreamAddress, settings: HealthSettings, runCheck: RunCheck): void {
    const entry = this.#entry(variant, address, settings);
    entry.uses++;
    entry.health.settings = settings;
    entry.schedule.start(runCheck);
  }

  release(variant: string, address: UpstreamAddress): void {
    const key = keyOf(variant, address);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.uses--;
    if (entry.uses > 0) return;
    entry.schedule.stop();
    this.#entries.delete(key);
  }

  #entry(variant: string, address: UpstreamAddress, settings: HealthSettings): Entry {
    const key = keyOf(variant, address);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const record = createUpstreamRecord(this.#metrics, variant, address.url);
      const now = () => performance.now();
      const health = new UpstreamHealth({ variant, url: address.url, settings, record, log: this.#log, now });
      entry = { health, schedule: new CheckSchedule(health, now, Math.random), uses: 0 };
      this.#entries.set(key, entry);
    }
    return entry;
  }
}

function keyOf(variant: string, { url, host, headers }: UpstreamAddress): string {
  return JSON.stringify([variant, url, host ?? null, Object.entries(headers).sort()]);
}
