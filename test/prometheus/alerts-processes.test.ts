import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertInstalled } from "./prometheus.ts";
import { type Collected, firing, rising, standing } from "./rule-test.ts";

before(assertInstalled);

const processes = "alerts/processes.yml";
const saturation = "rules/saturation.yml";
const worker = 'job="sentiment-worker",instance="w:1",model_version="a"';

/** Megabytes at every minute. */
const memory = (usage: string, limit: number): Collected => ({
  [`model_memory_usage_bytes{${worker}}`]: usage,
  [`model_memory_limit_bytes{${worker}}`]: standing([limit, 200]),
});
const restarts = (...values: readonly (readonly [number, number] | "reset")[]): Collected => ({
  [`sentiment_inference_thread_restarts_total{${worker}}`]: rising(...values),
});
const lag = (job: string, values: string): Collected => ({
  [`nodejs_eventloop_lag_p99_seconds{job="${job}",instance="i:1"}`]: values,
});
const queue = (texts: string, tokens = standing([0, 60])): Collected => ({
  [`sentiment_queue_depth{${worker}}`]: texts,
  [`sentiment_queue_limit{${worker}}`]: standing([256, 60]),
  [`sentiment_queue_depth_tokens{${worker}}`]: tokens,
  [`sentiment_queue_limit_tokens{${worker}}`]: standing([65_536, 60]),
});

const cases: readonly [what: string, file: string, Collected, at: string, expected: string[]][] = [
  [
    "memory that grows a megabyte a minute towards its limit",
    processes,
    memory("100+1x120", 300),
    "75m",
    ["ModelMemoryGrowth worker"],
  ],
  [
    "memory just below its limit",
    processes,
    memory(standing([290, 60]), 300),
    "20m",
    ["ModelMemoryGrowth worker"],
  ],
  [
    "growth that will not reach the limit in six hours is quiet",
    processes,
    memory("100+0.1x120", 300),
    "90m",
    [],
  ],
  ["a model being loaded is quiet", processes, memory("40+80x1 200+0x100", 600), "40m", []],
  [
    "a step that one large batch left is quiet",
    processes,
    memory(standing([100, 60], [200, 90]), 600),
    "80m",
    [],
  ],
  [
    "the same step, half an hour later, is quiet too",
    processes,
    memory(standing([100, 60], [200, 90]), 600),
    "100m",
    [],
  ],
  ["memory that stands is quiet", processes, memory(standing([100, 120]), 300), "110m", []],

  [
    "an inference thread that was started again",
    processes,
    restarts([0, 20], [1, 1], [0, 20]),
    "25m",
    ["InferenceThreadRestarting worker"],
  ],
  ["one of an hour ago is quiet", processes, restarts([0, 20], [1, 1], [0, 80]), "80m", []],
  ["a worker that starts again is quiet", processes, restarts([0, 20], "reset", [0, 20]), "25m", []],

  [
    "an event loop of the gateway that is late",
    processes,
    lag("ab-proxy", standing([0.2, 60])),
    "20m",
    ["EventLoopLagHigh proxy"],
  ],
  [
    "an event loop of a worker that is late",
    processes,
    lag("sentiment-worker", standing([0.2, 60])),
    "20m",
    ["EventLoopLagHigh worker"],
  ],
  [
    "a late minute is quiet",
    processes,
    lag("ab-proxy", standing([0.01, 20], [0.3, 1], [0.01, 40])),
    "22m",
    [],
  ],

  [
    "a queue of texts that is nearly full",
    saturation,
    queue(standing([240, 60])),
    "20m",
    ["WorkerSaturated worker"],
  ],
  [
    "a queue that is full of tokens, with few texts",
    saturation,
    queue(standing([20, 60]), standing([60_000, 60])),
    "20m",
    ["WorkerSaturated worker"],
  ],
  ["a queue that is half full is quiet", saturation, queue(standing([128, 60])), "20m", []],
  ["a burst is quiet", saturation, queue(standing([0, 10], [256, 2], [0, 40])), "13m", []],
];
for (const [what, file, collected, at, expected] of cases)
  test(`${file}: ${what}`, () => {
    const alerts = firing({ file, collected, step: "1m" }, at);
    assert.deepEqual(
      alerts.map(({ alertname, tier }) => `${alertname} ${tier}`),
      expected,
    );
  });
