import type { Outcome } from "../support/caller.ts";
import { failureOf, runCrowd } from "../support/crowd.ts";
import { Kinds } from "../support/findings.ts";
import { Latencies } from "../support/latency.ts";
import { predictRequest } from "../support/predict-request.ts";
import { unitOf, WeightHistory } from "../support/units.ts";
import { makeTexts } from "./texts.ts";

const UNITS = 2_000;
const TEXTS = 1_000;
/** A fixed pause keeps the load the same whatever the answers are. */
const PAUSE_MS = 20;

/** In the words of `WeightHistory`: a is the experiment's first variant, b its second. */
type Variant = "a" | "b";

export interface VariantLoad {
  /** From now on everything counts anew. */
  mark(): VariantCounts;
  /** What has been counted since the last mark; goes on counting. */
  counts(): VariantCounts;
  stop(): Promise<void>;
}

export interface VariantCounts {
  /** Everything but 200 of the first variant. */
  readonly lost: Kinds;
  readonly lostOfOther: Kinds;
  readonly answeredOfOther: Latencies;
  /** Answers with 200 of the first variant: when their requests were sent, and when they came. */
  readonly answered: { readonly sentMs: number; readonly endMs: number }[];
  /** When the last loss of the first variant was told; 0 if there was none. */
  lastLossMs: number;
}

/** Single texts of many units through the gateway; each unit's variant follows from its id, as in the contract. */
export function startVariantLoad(port: number, callers: number, seed: number): VariantLoad {
  const texts = makeTexts(TEXTS, seed);
  const weights = new WeightHistory([50, 50]);
  let counts = emptyCounts();
  let [running, sent] = [true, 0];
  const seen = (outcome: Outcome, variant: Variant, tookMs: number) => {
    const failure = failureOf(outcome);
    const endMs = performance.now();
    if (variant === "b") {
      if (failure === undefined) counts.answeredOfOther.add(tookMs);
      else counts.lostOfOther.add(failure);
    } else if (failure === undefined) counts.answered.push({ sentMs: endMs - tookMs, endMs });
    else {
      counts.lost.add(failure);
      counts.lastLossMs = endMs;
    }
  };
  const crowd = runCrowd({
    ...{ port, size: callers, pauseMs: PAUSE_MS, seen, more: () => running },
    request() {
      const { id } = unitOf(sent % UNITS, "header");
      const variant: Variant = weights.allows(id, "a", 0) ? "a" : "b";
      return { bytes: unitRequest(id, texts[sent++ % TEXTS] ?? ""), note: variant };
    },
  });
  return {
    mark() {
      counts = emptyCounts();
      return counts;
    },
    counts: () => counts,
    async stop() {
      running = false;
      await crowd;
    },
  };
}

function emptyCounts(): VariantCounts {
  return {
    lost: new Kinds(),
    lostOfOther: new Kinds(),
    answeredOfOther: new Latencies(),
    answered: [],
    lastLossMs: 0,
  };
}

/** The first unit that the first of two equal variants gets. */
export function unitOfFirst(): string {
  const weights = new WeightHistory([50, 50]);
  for (let number = 0; ; number++) {
    const { id } = unitOf(number, "header");
    if (weights.allows(id, "a", 0)) return id;
  }
}

/** One text of one unit. */
export function unitRequest(unit: string, text: string): string {
  return predictRequest({ text }, `X-User-Id: ${unit}\r\n`);
}
