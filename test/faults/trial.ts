import { setTimeout as pause } from "node:timers/promises";
import { type Span, seconds } from "../../prometheus/src/duration.ts";
import { until } from "../load/support/crowd.ts";
import { type Finding, tells } from "../load/support/findings.ts";
import type { Run } from "../load/support/run.ts";
import type { Fault } from "./fault.ts";
import { type Monitoring, type MonitoringFiles, startMonitoring } from "./monitoring.ts";
import type { Delivery, Sink } from "./sink.ts";
import type { Stack } from "./stack.ts";

const LOOK_EVERY_MS = 100;
/** Beside what the time scale says: programs start, scrapes and evaluations have a pace of their own. */
const ROOM_MS = 20_000;
const QUIET_LIMIT: Span = "3h";
/** How long after the right alert others are waited for, and again after its end. */
const AFTERMATH: Span = "10m";
const END_LIMIT: Span = "6h";
export const HEARTBEAT = "DeadMansSwitch";

export interface Setting {
  readonly run: Run;
  readonly stack: Stack;
  readonly sink: Sink;
  readonly files: MonitoringFiles;
  readonly timeScale: number;
}

/** What one fault led to. Times are this run's, in seconds. */
export interface Trial {
  readonly fault: Fault;
  /** From the fault to its alert at the sink; undefined if it did not come. */
  readonly deliveredS: number | undefined;
  /** Where it went. */
  readonly receiver: string | undefined;
  /** From the fault's end to the message that says so; undefined if it did not come. */
  readonly resolvedS: number | undefined;
  /** Alerts that were delivered and tell the truth, beside the awaited one. */
  readonly others: readonly string[];
  /** Alerts that should not have been delivered. */
  readonly wrong: readonly string[];
  readonly shown: readonly Finding[];
}

/** One fault before a fresh Prometheus and a fresh Alertmanager, so that none is measured in another's wake. */
export async function tryFault(setting: Setting, fault: Fault): Promise<Trial> {
  const { run, stack, sink, files, timeScale } = setting;
  const ms = (span: Span) => seconds(span, timeScale) * 1000;
  const monitoring = await startMonitoring(run, files);
  sink.forget();
  try {
    await becomeQuiet(setting, monitoring, ms(fault.past));
    sink.forget();
    stack.traffic.takeOutcomes();
    run.say(`${fault.name}: begins`);
    const beganMs = performance.now();
    const underWay = await fault.begin(stack, monitoring);
    const told = await waitFor(sink, fault.alert, "firing", beganMs, ms(fault.limit) + ROOM_MS);
    run.say(`${fault.name}: ${told === undefined ? "no alert" : `${fault.alert} delivered`}`);
    if (fault.alert !== undefined) await pause(ms(AFTERMATH));
    const shown = (await underWay.show?.()) ?? [];
    run.say(`${fault.name}: alerts now: ${(await monitoring.alerts()).join(", ")}`);
    const outcomes = stack.traffic.takeOutcomes();
    await underWay.end();
    const endedMs = performance.now();
    const over =
      told === undefined
        ? undefined
        : await waitFor(sink, fault.alert, "resolved", endedMs, ms(END_LIMIT) + ROOM_MS);
    run.say(`${fault.name}: ${over === undefined ? "not resolved" : "resolved"}`);
    await pause(ms(AFTERMATH));
    return {
      fault,
      receiver: told?.receiver,
      deliveredS: since(told, beganMs),
      resolvedS: since(over, endedMs),
      ...sort(fault, sink.deliveries),
      shown: [...shown, tells("  what the callers got", String(outcomes))],
    };
  } finally {
    await monitoring.stop();
  }
}

/** Good traffic for so long, the heart beats, and nothing is even pending. */
export async function becomeQuiet(
  { run, sink, timeScale }: Setting,
  monitoring: Monitoring,
  pastMs: number,
): Promise<void> {
  const pastBy = performance.now() + pastMs;
  const limitMs = pastMs + seconds(QUIET_LIMIT, timeScale) * 1000 + ROOM_MS;
  let alerts: readonly string[] = [];
  let said = "";
  const isQuiet = async () => {
    alerts = await monitoring.alerts();
    const now = alerts.join(", ");
    if (now !== said) run.say(`  before the fault: ${now === "" ? "quiet" : now}`);
    said = now;
    const beats = sink.deliveries.some(({ alert }) => alert === HEARTBEAT);
    return performance.now() >= pastBy && beats && alerts.length === 0;
  };
  await until(isQuiet, "a quiet system whose dead man's switch arrives", limitMs, LOOK_EVERY_MS * 5);
}

/** @returns the first such message since then, or undefined when the time is over */
async function waitFor(
  { deliveries }: Sink,
  alert: string | undefined,
  status: Delivery["status"],
  sinceMs: number,
  limitMs: number,
): Promise<Delivery | undefined> {
  for (const latest = sinceMs + limitMs; performance.now() < latest; await pause(LOOK_EVERY_MS)) {
    const found = deliveries.find(
      (delivery) => delivery.alert === alert && delivery.status === status && delivery.atMs >= sinceMs,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function since(delivery: Delivery | undefined, startMs: number): number | undefined {
  return delivery && (delivery.atMs - startMs) / 1000;
}

/** What was delivered beside the awaited alert and the heartbeat, each once. */
function sort({ alert, allowed }: Fault, deliveries: readonly Delivery[]) {
  const told = deliveries.filter((delivery) => delivery.alert !== alert && delivery.alert !== HEARTBEAT);
  const isAllowed = (delivery: Delivery) => allowed.includes(delivery.alert);
  return {
    others: namesOf(told.filter(isAllowed)),
    wrong: namesOf(told.filter((delivery) => !isAllowed(delivery))),
  };
}

/** `UpstreamEjected roberta → tickets`, each once. */
export function namesOf(deliveries: readonly Delivery[]): string[] {
  return [
    ...new Set(
      deliveries.map(({ alert, labels, receiver }) =>
        [alert, labels.severity, labels.model_version ?? labels.instance, `→ ${receiver}`]
          .filter(Boolean)
          .join(" "),
      ),
    ),
  ];
}
