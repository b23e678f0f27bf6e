import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LatencyRecord, Padding } from "./padding.ts";

const price = { value: 0 };
const targetSeconds = { value: 0 };
const padding = (
  target: ConstructorParameters<typeof Padding>[0]["target"],
  latencies = new LatencyRecord(),
) =>
  new Padding({
    target,
    variants: ["fast", "slow"],
    latencies,
    price: new Map([["fast", price]]),
    targetSeconds,
  });

test("an answer leaves at a whole multiple of the target", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 5000, noNaN: true }), (elapsedMs) => {
      const paddingMs = padding({ to: "fixed", ms: 200 }).waitMs("fast", elapsedMs);
      const leavesAt = (elapsedMs + paddingMs) / 200;
      assert.ok(paddingMs >= 0 && paddingMs <= 200);
      assert.ok(Math.abs(leavesAt - Math.round(leavesAt)) < 1e-6);
    }),
    { seed: 4 },
  );
});

test("the 95th percentile is that of the slower variant, and only once enough is known", () => {
  const latencies = new LatencyRecord();
  for (let answer = 0; answer < 49; answer++) latencies.observe("slow", 300);
  assert.equal(latencies.quantile("slow"), undefined);
  assert.equal(padding({ to: "p95" }, latencies).waitMs("fast", 10), 0);
  for (let answer = 0; answer < 100; answer++) {
    latencies.observe("slow", answer < 90 ? 100 : 300);
    latencies.observe("fast", 10);
  }
  const target = latencies.quantile("slow") ?? 0;
  assert.ok(Math.abs(target - 300) / 300 < 0.05, `300 is shown as ${target}`);
  assert.ok(Math.abs((latencies.quantile("fast") ?? 0) - 10) / 10 < 0.05);
  assert.ok(Math.abs(padding({ to: "p95" }, latencies).waitMs("fast", 10) + 10 - target) < 1e-6);
  assert.equal(targetSeconds.value, target / 1000);
});

test("old answers lose their weight, the price is counted for the variant that waited", () => {
  const latencies = new LatencyRecord();
  for (let answer = 0; answer < 60; answer++) latencies.observe("slow", 300);
  for (let second = 0; second < 60; second++) latencies.decay();
  assert.equal(latencies.quantile("slow"), undefined);
  price.value = 0;
  padding({ to: "fixed", ms: 100 }).waitMs("fast", 40);
  assert.ok(Math.abs(price.value - 0.06) < 1e-9);
});
