import { setTimeout as pause } from "node:timers/promises";
import { equals, type Finding, reaches, tells } from "../load/support/findings.ts";
import { startMonitoring } from "./monitoring.ts";
import { becomeQuiet, HEARTBEAT, namesOf, type Setting } from "./trial.ts";

const CHANGE_EVERY_MS = 15_000;
/** So many changes of weights for each new worker. */
const ROLL_OUT_EVERY = 4;
/** Shares of the first variant, in turn. */
const SHARES = [60, 90, 50, 30, 100, 50];

/** Traffic in which nothing goes wrong, while weights change, files are reloaded and a worker is replaced. */
export async function stayHealthy(setting: Setting, minutes: number): Promise<readonly Finding[]> {
  const { run, stack, sink, files, timeScale } = setting;
  const monitoring = await startMonitoring(run, files);
  try {
    // Prometheus looks for targets only after five seconds, which in compressed time is too long for JobAbsent.
    await becomeQuiet(setting, monitoring, 0);
    sink.forget();
    stack.traffic.takeOutcomes();
    const end = performance.now() + minutes * 60_000;
    let changes = 0;
    const pendings = new Set<string>();
    while (performance.now() < end) {
      await pause(Math.min(CHANGE_EVERY_MS, end - performance.now()));
      const share = SHARES[changes++ % SHARES.length] ?? 50;
      await stack.weigh({ distilbert: share, roberta: 100 - share });
      if (changes % ROLL_OUT_EVERY === 0) await stack.rollOut("roberta");
      for (const alert of await monitoring.alerts()) pendings.add(alert);
    }
    await stack.weigh({ distilbert: 50, roberta: 50 });
    const beats = sink.deliveries.filter(({ alert }) => alert === HEARTBEAT);
    const alarms = namesOf(sink.deliveries.filter(({ alert }) => alert !== HEARTBEAT));
    return [
      tells("healthy: minutes, and of real life", `${minutes}, ${(minutes / timeScale).toFixed(0)}`),
      tells("  weight changes; new workers", `${changes}; ${Math.floor(changes / ROLL_OUT_EVERY)}`),
      tells("  what the callers got", String(stack.traffic.takeOutcomes())),
      reaches("  heartbeats", beats.length, 2),
      tells("  pending meanwhile", [...pendings].join(", ") || "none"),
      equals("  alerts", alarms.join("; ") || "none", "none"),
    ];
  } finally {
    await monitoring.stop();
  }
}
