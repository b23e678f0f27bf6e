import { type Finding, keeps, reaches, tells } from "../load/support/findings.ts";
import type { Fault } from "./fault.ts";
import type { Monitoring } from "./monitoring.ts";
import type { Stack } from "./stack.ts";

const EVEN = { distilbert: 50, roberta: 50 };
const UNEVEN = { distilbert: 60, roberta: 40 };
/** The variants' buckets at even weights. */
const OF_FIRST = { from: 0, to: 50 };
const OF_SECOND = { from: 50, to: 100 };
const LEAVING = 0.1;
/** F(1, 99) at one in a thousand. */
const MISMATCH = 11.5;

/** What goes wrong with the experiment: its configuration, and who takes part. */
export const GATEWAY_FAULTS: readonly Fault[] = [
  {
    name: "bad configuration",
    alert: "ABConfigReloadFailed",
    allowed: [],
    past: "10m",
    limit: "30m",
    async begin({ gateways, weigh }) {
      const [first] = gateways.replicas;
      await first?.write("experiment: { name: faults }\nvariants: [{ name: distilbert, weight: 50 }]\n");
      return { end: () => weigh(EVEN) };
    },
  },
  {
    name: "replica with an old configuration",
    alert: "ABConfigSkew",
    allowed: [],
    past: "10m",
    limit: "30m",
    async begin(stack) {
      await stack.weigh(UNEVEN, stack.gateways.replicas.length - 1);
      return { end: () => stack.weigh(EVEN) };
    },
  },
  {
    name: "no requests of one variant",
    alert: "VariantWithoutTraffic",
    allowed: [],
    past: "10m",
    limit: "1h",
    async begin({ traffic }) {
      traffic.set({ only: OF_FIRST });
      return { end: async () => traffic.set({}) };
    },
  },
  {
    name: "10 % of one variant's callers gone",
    alert: undefined,
    allowed: [],
    past: "1h",
    limit: "1h",
    begin: breakSampleRatio,
  },
];

async function breakSampleRatio({ traffic }: Stack, monitoring: Monitoring) {
  const before = await readSampleRatio(monitoring);
  traffic.set({ leaving: { ratio: LEAVING, ...OF_SECOND } });
  return {
    end: async () => traffic.set({}),
    async show(): Promise<readonly Finding[]> {
      const after = await readSampleRatio(monitoring);
      return [
        keeps("  chi² over dispersion before", before.statistic, MISMATCH),
        reaches("  chi² over dispersion", after.statistic, MISMATCH),
        tells("  roberta's share of the exposures before", percent(before.share)),
        tells("  roberta's share of the exposures", percent(after.share)),
      ];
    },
  };
}

interface SampleRatio {
  readonly statistic: number;
  /** Of the second variant, in the last hour's exposures. */
  readonly share: number;
}

async function readSampleRatio({ query }: Monitoring): Promise<SampleRatio> {
  const [statistic] = await query("experiment:ab_srm:chi2_adjusted_1h");
  const exposures = await query("experiment_model_version:ab_exposures:increase1h");
  const all = exposures.reduce((sum, { value }) => sum + value, 0);
  const own = exposures.find(({ labels }) => labels.model_version === "roberta");
  return { statistic: statistic?.value ?? Number.NaN, share: (own?.value ?? Number.NaN) / all };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
