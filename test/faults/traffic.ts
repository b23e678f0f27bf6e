import { setTimeout as pause } from "node:timers/promises";
import { hash } from "../../proxy/src/experiment/hash.ts";
import { Caller, type Identity } from "../load/support/caller.ts";
import { failureOf } from "../load/support/crowd.ts";
import { Kinds } from "../load/support/findings.ts";
import { predictRequest } from "../load/support/predict-request.ts";
import { unitOf } from "../load/support/units.ts";
import { createRandom } from "../support/random.ts";
import { drawText } from "./population.ts";

/** So many that hardly one comes twice within an hour of compressed time, and counts are as good as independent. */
const UNITS = 100_000;
/** Above the queue of a worker, which only then can be full. */
const MOST_UNDER_WAY = 400;
/** Long enough that the gateway has read the request, and shorter than any model takes. */
const LEAVES_AFTER_MS = 1;

/** What can be wrong with the callers. Buckets are those of the assignment, from 0 to below 100. */
export interface TrafficFaults {
  /** A share, 0 to 1, of the callers whose bucket is among these is gone before the answer. */
  readonly leaving?: { readonly ratio: number; readonly from: number; readonly to: number };
  /** Only callers of these buckets come. */
  readonly only?: { readonly from: number; readonly to: number };
}

export interface Traffic {
  set(faults: TrafficFaults): void;
  /** What became of the requests since the last call: `200 812, left 40`. */
  takeOutcomes(): Kinds;
  stop(): Promise<void>;
}

interface Request {
  readonly bytes: string;
  readonly bucket: number;
}

/** Requests at a steady rate, half of them of services that name their users and half of browsers with sessions. */
export function startTraffic(port: number, perSecond: number, seed: number): Traffic {
  const random = createRandom(seed);
  let faults: TrafficFaults = {};
  let outcomes = new Kinds();
  let running = true;
  const free: Caller[] = [];
  const underWay = new Set<Promise<void>>();

  const draw = (): Request => {
    for (;;) {
      const kind: Identity["kind"] = random() < 0.5 ? "header" : "cookie";
      const unit = unitOf(Math.floor(random() * UNITS), kind);
      const bucket = hash(unit.id) % 100;
      if (!within(bucket, faults.only ?? { from: 0, to: 100 })) continue;
      const field = kind === "header" ? `X-User-Id: ${unit.id}` : `Cookie: model_session=${unit.id}`;
      return { bytes: predictRequest({ text: drawText(random) }, `${field}\r\n`), bucket };
    }
  };
  const send = async () => {
    const { bytes, bucket } = draw();
    const { leaving } = faults;
    const caller = free.pop() ?? new Caller(port);
    if (leaving !== undefined && within(bucket, leaving) && random() < leaving.ratio) {
      outcomes.add("left");
      void caller.call(bytes);
      await pause(LEAVES_AFTER_MS);
      caller.close();
      return;
    }
    let outcome = await caller.call(bytes);
    if (outcome.failure === "stale") outcome = await caller.call(bytes);
    outcomes.add(failureOf(outcome) ?? "200");
    free.push(caller);
  };
  const offering = (async () => {
    const startMs = performance.now();
    for (let due = 0; running; await pause(2))
      for (; startMs + (due * 1000) / perSecond <= performance.now(); due++) {
        if (underWay.size >= MOST_UNDER_WAY) {
          outcomes.add("not sent: too many under way");
          continue;
        }
        const sending = send().finally(() => underWay.delete(sending));
        underWay.add(sending);
      }
  })();
  return {
    set(next) {
      faults = next;
    },
    takeOutcomes() {
      const taken = outcomes;
      outcomes = new Kinds();
      return taken;
    },
    async stop() {
      running = false;
      await offering;
      await Promise.all(underWay);
      for (const caller of free) caller.close();
    },
  };
}

function within(bucket: number, { from, to }: { readonly from: number; readonly to: number }): boolean {
  return bucket >= from && bucket < to;
}
