import type {
  GatewaySnapshot,
  HistogramNumbers,
  OpenSnapshot,
  WorkerSnapshot,
} from "../../proxy/src/page/snapshot.ts";

/** Requests that one gateway answered, all alike. */
export interface Served {
  readonly answered: number;
  readonly failed?: number;
  readonly expected?: number;
  readonly exposures?: number;
  readonly assignments?: number;
  /** Of each, seconds. */
  readonly wait?: number;
}

export const BOUNDS = [0.001, 0.002, 0.004, 0.008, 0.016];

/** A histogram of as many equal observations. */
export function observed(count: number, seconds: number): HistogramNumbers {
  const cumulated = [...BOUNDS, Number.POSITIVE_INFINITY].map((bound) => (seconds <= bound ? count : 0));
  return { bounds: BOUNDS, cumulated, sum: count * seconds };
}

/** What a gateway says after it served that to each variant. */
export function gateway(
  served: Readonly<Record<string, Served>>,
  address = "127.0.0.1:8081",
): GatewaySnapshot {
  const variants = Object.entries(served).map(([name, one]) => {
    const { answered, failed = 0, wait = 0.003 } = one;
    const all = answered + failed;
    const numbers = {
      weight: 50,
      requests: { 200: answered, ...(failed > 0 ? { 502: failed } : {}) },
      assignments: one.assignments ?? all,
      expectedAssignments: one.expected ?? all,
      exposures: one.exposures ?? all,
      inFlight: 0,
      upstreamsHealthy: 1,
      upstreams: 1,
      duration: observed(answered, wait),
    };
    return [name, numbers] as const;
  });
  const numbers = {
    configHash: "3f9a1c77b2d4",
    lastReloadSuccessful: true,
    residentBytes: 90_000_000,
    eventLoopP99Seconds: 0.011,
    variants: Object.fromEntries(variants),
  };
  return { address, numbers };
}

/** What a worker says after as many predictions of each label, each in that many seconds. */
export function worker(
  variant: string,
  labels: Readonly<Record<string, number>>,
  seconds = 0.002,
  startedAtSeconds = 1_000,
): WorkerSnapshot {
  const count = Object.values(labels).reduce((sum, one) => sum + one, 0);
  const numbers = {
    predictions: { 200: labels },
    inference: observed(count, seconds),
    busySeconds: count * seconds,
    batches: count,
    batchedSequences: count,
    startedAtSeconds,
    labelBaseline: { negative: 0.5, positive: 0.5 },
    baselineSamples: 1_000,
  };
  return { variant, address: `${variant}:8101`, numbers };
}

/** @param at milliseconds since 1970 */
export function snapshot(
  at: number,
  gateways: readonly GatewaySnapshot[],
  workers: readonly WorkerSnapshot[] = [],
  phase = 1,
): OpenSnapshot {
  return {
    masked: false,
    at,
    experiment: { name: "test", phase },
    variants: [
      { name: "fast", role: "control", weight: 50 },
      { name: "slow", role: "treatment", weight: 50 },
    ],
    gateways,
    workers,
    reloads: [],
  };
}
