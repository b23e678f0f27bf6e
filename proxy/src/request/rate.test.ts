import assert from "node:assert/strict";
import test from "node:test";
import { Registry } from "prom-client";
import { createLog } from "../log.ts";
import { createRateMetrics } from "../metrics/rate-metrics.ts";
import { createRateLimits } from "./rate.ts";
import { OwnCounts } from "./rate-counts.ts";

const EXPERIMENT = { name: "test", salt: "" };
const TWO_AN_HOUR = { requests: 2, perMs: 3_600_000, redis: undefined };

function start() {
  const registry = new Registry();
  const metrics = createRateMetrics(registry);
  const lines: string[] = [];
  const log = createLog("info", { write: (line) => void lines.push(line) });
  return { registry, metrics, lines, limits: createRateLimits({ log, metrics }) };
}

test("without settings there is no limiter", () => {
  assert.equal(start().limits.for(undefined, EXPERIMENT), undefined);
});

test("the request above the limit is refused, and told when the window ends", async () => {
  const limiter = start().limits.for(TWO_AN_HOUR, EXPERIMENT);
  assert.deepEqual(await limiter?.consume("a"), { allowed: true });
  assert.deepEqual(await limiter?.consume("a"), { allowed: true });
  assert.deepEqual(await limiter?.consume("a"), { allowed: false, retryAfterSeconds: 3600 });
  assert.deepEqual(await limiter?.consume("b"), { allowed: true }, "other units have counts of their own");
});

test("a window that has passed begins anew", async (t) => {
  t.mock.timers.enable({ apis: ["Date", "setTimeout"] });
  const limiter = start().limits.for({ requests: 1, perMs: 10_000, redis: undefined }, EXPERIMENT);
  await limiter?.consume("a");
  t.mock.timers.tick(4_000);
  assert.deepEqual(await limiter?.consume("a"), { allowed: false, retryAfterSeconds: 6 });
  t.mock.timers.tick(6_000);
  assert.deepEqual(await limiter?.consume("a"), { allowed: true });
});

test("a window below a second is one of a second", async () => {
  const limiter = start().limits.for({ requests: 1, perMs: 1, redis: undefined }, EXPERIMENT);
  await limiter?.consume("a");
  assert.deepEqual(await limiter?.consume("a"), { allowed: false, retryAfterSeconds: 1 });
});

test("a reload that keeps the settings keeps the counts, one that changes them begins anew", async () => {
  const { limits } = start();
  const before = limits.for(TWO_AN_HOUR, EXPERIMENT);
  await before?.consume("a");
  await before?.consume("a");
  const after = limits.for({ ...TWO_AN_HOUR }, { ...EXPERIMENT });
  await before?.close();
  await before?.close();
  assert.equal((await after?.consume("a"))?.allowed, false);
  const changed = limits.for({ ...TWO_AN_HOUR, requests: 3 }, EXPERIMENT);
  assert.equal((await changed?.consume("a"))?.allowed, true);
  await after?.close();
  const again = limits.for(TWO_AN_HOUR, EXPERIMENT);
  assert.equal((await again?.consume("a"))?.allowed, true, "nobody held the counts any more");
});

test("units beyond what can be counted go uncounted; those that are counted stay so", async () => {
  const { metrics } = start();
  const counts = new OwnCounts({ requests: 1, perMs: 3_600_000, redis: undefined }, metrics, 3);
  for (const unit of ["a", "b", "c"]) await counts.consume(unit);
  assert.equal((await counts.consume("d")).allowed, true);
  assert.equal((await counts.consume("d")).allowed, true);
  assert.equal(metrics.untracked.value, 2);
  assert.equal((await counts.consume("a")).allowed, false);
});

test("a Redis that cannot even be asked for ends nothing: requests are counted here", async (t) => {
  const { limits, metrics, lines, registry } = start();
  const limiter = limits.for({ ...TWO_AN_HOUR, redis: "redis://u:100%secret@127.0.0.1:1" }, EXPERIMENT);
  t.after(() => limiter?.close());
  while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
  for (const allowed of [true, true, false]) assert.equal((await limiter?.consume("a"))?.allowed, allowed);
  assert.equal(metrics.insured.value, 3);
  assert.match(await registry.metrics(), /^ab_rate_limit_store_up 0$/m);
  assert.equal(lines.length, 1, lines.join(""));
  assert.ok(!lines.join("").includes("secret"));
});

test("a Redis that is away is told once; requests are counted here", async (t) => {
  const { limits, metrics, lines, registry } = start();
  const limiter = limits.for({ ...TWO_AN_HOUR, redis: "redis://:secret@127.0.0.1:1" }, EXPERIMENT);
  t.after(() => limiter?.close());
  while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
  for (const allowed of [true, true, false]) assert.equal((await limiter?.consume("a"))?.allowed, allowed);
  assert.equal(metrics.insured.value, 3);
  assert.match(await registry.metrics(), /^ab_rate_limit_store_up 0$/m);
  assert.equal(lines.length, 1, lines.join(""));
  assert.ok(!lines.join("").includes("secret"));
  await limiter?.close();
  assert.doesNotMatch(await registry.metrics(), /^ab_rate_limit_store_up \d/m);
});
