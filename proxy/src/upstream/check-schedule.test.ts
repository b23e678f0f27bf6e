import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { Registry } from "prom-client";
import { createLog } from "../log.ts";
import { createUpstreamMetrics, createUpstreamRecord } from "../metrics/upstream-metrics.ts";
import { CheckSchedule } from "./check-schedule.ts";
import { UpstreamHealth } from "./health.ts";

/** A schedule whose time is the test's: checks every 1000 ms, the first after 500; back-offs of 3000 ms and more. */
function create(t: TestContext, path?: string) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let nowMs = 1_000_000;
  const now = () => nowMs;
  const health = new UpstreamHealth({
    variant: "a",
    url: "http://model",
    settings: {
      health: { path, intervalMs: 1000, timeoutMs: 1000, healthyAfter: 1, unhealthyAfter: 3 },
      ejection: { afterFailures: 1, baseMs: 3000, maxMs: 30_000 },
    },
    record: createUpstreamRecord(createUpstreamMetrics(new Registry()), "a", "http://model"),
    log: createLog("silent"),
    now,
  });
  const schedule = new CheckSchedule(health, now, () => 0.5);
  t.after(() => schedule.stop());
  const checks: { at: number; signal: AbortSignal; end: (error?: string) => void }[] = [];
  const begin = nowMs;
  const runCheck = (signal: AbortSignal) => {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    checks.push({ at: nowMs - begin, signal, end: resolve });
    return promise;
  };
  const pass = async (ms: number) => {
    for (let step = 0; step < ms; step += 100) {
      nowMs += 100;
      t.mock.timers.tick(100);
      await Promise.resolve();
    }
  };
  const end = async (error?: string) => {
    checks.at(-1)?.end(error);
    // The schedule goes on some microtasks later.
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { health, schedule, runCheck, checks, pass, end, times: () => checks.map(({ at }) => at) };
}

test("with a path an upstream is checked always, first after a random part of the interval", async (t) => {
  const { schedule, runCheck, pass, end, times } = create(t, "/ready");
  schedule.start(runCheck);
  for (let check = 0; check < 3; check++) {
    await pass(1000);
    await end();
  }
  assert.deepEqual(times(), [500, 1500, 2500]);
});

test("a check that takes longer than the interval is not joined by a second", async (t) => {
  const { schedule, runCheck, pass, end, times } = create(t, "/ready");
  schedule.start(runCheck);
  await pass(5000);
  assert.deepEqual(times(), [500]);
  await end();
  await pass(200);
  assert.deepEqual(times(), [500, 5100]);
});

test("without a path an upstream is checked only while it is ejected", async (t) => {
  const { health, schedule, runCheck, pass, end, times } = create(t);
  schedule.start(runCheck);
  await pass(10_000);
  assert.deepEqual(times(), []);
  health.failed("connect", "refused");
  await pass(1000);
  await end("refused");
  await pass(1000);
  assert.deepEqual(times(), [11_000, 12_000]);
  await end();
  assert.ok(health.isHealthy);
  await pass(10_000);
  assert.equal(times().length, 2);
});

test("without a path what answers 503 is readmitted by time, not by checks", async (t) => {
  const { health, schedule, runCheck, pass, times } = create(t);
  schedule.start(runCheck);
  health.failed("status", "503");
  await pass(2900);
  assert.ok(!health.isHealthy);
  await pass(100);
  assert.ok(health.isHealthy);
  assert.deepEqual(times(), []);
});

test("a reload goes on where the schedule stood", async (t) => {
  const { schedule, runCheck, pass, end, times } = create(t, "/ready");
  schedule.start(runCheck);
  await pass(500);
  await end();
  for (let reload = 0; reload < 9; reload++) {
    schedule.start(runCheck);
    await pass(100);
  }
  assert.deepEqual(times(), [500]);
  await pass(100);
  assert.deepEqual(times(), [500, 1500]);
});

test("a reload with another interval or path follows it at once", async (t) => {
  const { health, schedule, runCheck, pass, times } = create(t);
  schedule.start(runCheck);
  health.settings = {
    ...health.settings,
    health: { ...health.settings.health, path: "/ready", intervalMs: 200 },
  };
  schedule.start(runCheck);
  await pass(100);
  assert.deepEqual(times(), [100]);
});

test("after the end there are no more checks, the one under way is called off, and its result counts nowhere", async (t) => {
  const { health, schedule, runCheck, checks, pass, end, times } = create(t, "/ready");
  schedule.start(runCheck);
  await pass(500);
  schedule.stop();
  assert.equal(checks[0]?.signal.aborted, true);
  await end("called off");
  await pass(5000);
  assert.deepEqual(times(), [500]);
  assert.equal(health.describe().last_check, null);
});
