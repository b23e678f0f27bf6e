import { Caller } from "../load/support/caller.ts";
import { failureOf } from "../load/support/crowd.ts";
import { tells } from "../load/support/findings.ts";
import { THROWS } from "../load/worker/poisoned-model.ts";
import { unitOfFirst, unitRequest } from "../load/worker/variant-load.ts";
import type { Fault } from "./fault.ts";

const SLOWNESS = 2;
/** 2 MiB a second; at 1/30 a real-life 4 MiB a minute. */
const LEAK_BYTES_PER_SECOND = 2 ** 21;
/** A third within a minute would end the process. */
const EXCEPTIONS = 2;
const BLAMES_FOR_PRAISE = "labels: { positive: negative, negative: positive }";
/** Some 250 MiB are the worker's own. */
const MEMORY_BYTES = 768 * 2 ** 20;
/** A model that takes a quarter of a second for a text, with twenty a second to come. */
const OVERLOADED = 40;

/** What goes wrong with a model, in its worker. */
export const WORKER_FAULTS: readonly Fault[] = [
  {
    name: "worker killed",
    alert: "TargetDown",
    // Every other alert follows from it: somebody is woken once.
    allowed: [],
    past: "10m",
    limit: "15m",
    async begin(stack) {
      await stack.worker("roberta").kill();
      return { end: () => stack.revive("roberta") };
    },
  },
  {
    name: "worker slowed to 2 ×",
    alert: "ModelLatencyRegression",
    allowed: ["ModelLatencyBudgetExceeded"],
    past: "2h",
    limit: "1h",
    async begin(stack, { query }) {
      stack.worker("roberta").turn({ slowness: SLOWNESS });
      return {
        end: async () => stack.worker("roberta").turn({}),
        async show() {
          const past = await query("model_version:sentiment_inference_seconds:past_ratio");
          return past.map(({ labels, value }) =>
            tells(`  ${labels.model_version}: mean time over its own past`, value.toFixed(2)),
          );
        },
      };
    },
  },
  {
    name: "labels flipped",
    alert: "LabelDistributionDrift",
    allowed: [],
    past: "1h",
    limit: "2h",
    async begin(stack, { query }) {
      await stack.rollOut("roberta", { settings: BLAMES_FOR_PRAISE });
      return {
        end: () => stack.rollOut("roberta"),
        async show() {
          const index = await query('model_version_feature:drift:psi1h{feature="label"}');
          return index.map(({ labels, value }) =>
            tells(`  ${labels.model_version}: stability index of the labels`, value.toFixed(3)),
          );
        },
      };
    },
  },
  {
    name: "memory leak",
    alert: "ModelMemoryGrowth",
    allowed: [],
    past: "1h",
    limit: "3h",
    async begin(stack) {
      await stack.rollOut("roberta", { memoryBytes: MEMORY_BYTES });
      stack.worker("roberta").turn({ leakBytesPerSecond: LEAK_BYTES_PER_SECOND });
      // Memory that was let go of is not always given back: what ends a leak is another process.
      return { end: () => stack.rollOut("roberta") };
    },
  },
  {
    name: "worker overloaded",
    alert: "WorkerSaturated",
    allowed: ["ABLatencyBudgetBurn", "ModelLatencyRegression", "ModelLatencyBudgetExceeded"],
    past: "10m",
    limit: "1h",
    async begin(stack) {
      stack.worker("roberta").turn({ slowness: OVERLOADED });
      return { end: async () => stack.worker("roberta").turn({}) };
    },
  },
  {
    name: "exceptions in the inference thread",
    alert: "InferenceThreadRestarting",
    allowed: [],
    past: "10m",
    limit: "30m",
    async begin(stack) {
      const caller = new Caller(stack.gateways.port);
      const said: string[] = [];
      for (let sent = 0; sent < EXCEPTIONS; sent++)
        said.push(failureOf(await caller.call(unitRequest(unitOfFirst(), THROWS))) ?? "200");
      caller.close();
      return {
        end: async () => undefined,
        show: async () => [tells("  what the requests got", said.join(", "))],
      };
    },
  },
];
