import assert from "node:assert/strict";
import test from "node:test";
import { Registry } from "prom-client";
import { createLog } from "../log.ts";
import { createUpstreamMetrics, createUpstreamRecord } from "../metrics/upstream-metrics.ts";
import { UpstreamHealth } from "./health.ts";

interface Options {
  readonly path?: string;
  readonly healthyAfter?: number;
  readonly afterFailures?: number;
}

/** A health with a clock that the test moves. */
function create({ path, healthyAfter = 1, afterFailures = 3 }: Options = {}) {
  let nowMs = 1_000_000;
  const log: string[] = [];
  const metrics = createUpstreamMetrics(new Registry());
  const health = new UpstreamHealth({
    variant: "a",
    url: "http://model:8000",
    settings: {
      health: { path, intervalMs: 1000, timeoutMs: 1000, healthyAfter, unhealthyAfter: 2 },
      ejection: { afterFailures, baseMs: 1000, maxMs: 5000 },
    },
    record: createUpstreamRecord(metrics, "a", "http://model:8000"),
    log: createLog("info", { write: (line) => void log.push(line) }),
    now: () => nowMs,
  });
  const fail = (kind: "connect" | "status", times = afterFailures) => {
    for (let time = 0; time < times; time++) health.failed(kind, `${kind} failed`);
  };
  return {
    health,
    fail,
    log,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

for (const kind of ["connect", "status"] as const)
  test(`failures in a row (${kind}) eject; a success between them begins the count anew`, () => {
    const { health, fail } = create();
    fail(kind, 2);
    health.succeeded();
    fail(kind, 2);
    assert.ok(health.isHealthy);
    fail(kind, 1);
    assert.equal(health.ejectedBy, kind);
    assert.equal(health.record.ejections[kind].value, 1);
  });

test("with 0 failures allowed nothing that requests meet ejects", () => {
  const { health, fail } = create({ afterFailures: 0 });
  fail("connect", 1000);
  assert.ok(health.isHealthy);
});

test("failed checks in a row eject, one success readmits", () => {
  const { health } = create({ path: "/ready" });
  health.checked("GET /ready answered 500");
  health.checked(undefined);
  health.checked("GET /ready answered 500");
  assert.ok(health.isHealthy);
  health.checked("GET /ready answered 500");
  assert.equal(health.ejectedBy, "check");
  health.checked(undefined);
  assert.ok(health.isHealthy);
});

test("as many successes in a row readmit as are asked for", () => {
  const { health, fail } = create({ healthyAfter: 2 });
  fail("connect");
  for (const error of [undefined, "refused", undefined]) health.checked(error);
  assert.ok(!health.isHealthy);
  health.checked(undefined);
  assert.ok(health.isHealthy);
});

test("what answers with 502, 503 or 504 is not readmitted because it accepts connections, but when its back-off has passed", () => {
  const { health, fail, pass } = create();
  fail("status");
  health.checked(undefined);
  pass(999);
  health.backOffPassed();
  assert.ok(!health.isHealthy);
  pass(1);
  health.backOffPassed();
  assert.ok(health.isHealthy);
});

test("after a back-off the first answer decides", () => {
  const failing = create();
  failing.fail("status");
  failing.pass(1000);
  failing.health.backOffPassed();
  failing.fail("status", 1);
  assert.ok(!failing.health.isHealthy);

  const recovered = create();
  recovered.fail("status");
  recovered.pass(1000);
  recovered.health.backOffPassed();
  recovered.health.succeeded();
  recovered.fail("status", 2);
  assert.ok(recovered.health.isHealthy);
});

test("the back-off doubles with every ejection in a row up to the longest, and begins anew after a success that stays", () => {
  const { health, fail, pass } = create();
  fail("status");
  const backOffs = [];
  for (let ejection = 0; ejection < 5; ejection++) {
    backOffs.push(health.backOffLeftMs);
    pass(health.backOffLeftMs);
    health.backOffPassed();
    fail("status", 1);
  }
  assert.deepEqual(backOffs, [1000, 2000, 4000, 5000, 5000]);
  pass(5000);
  health.backOffPassed();
  health.succeeded();
  pass(5001);
  fail("status");
  assert.equal(health.backOffLeftMs, 1000);
});

test("the back-off grows however rarely requests come, as long as none of them succeeds", () => {
  const { health, fail, pass } = create();
  fail("status");
  const backOffs = [];
  for (let ejection = 0; ejection < 5; ejection++) {
    backOffs.push(health.backOffLeftMs);
    pass(health.backOffLeftMs);
    health.backOffPassed();
    pass(60_000);
    fail("status", 1);
  }
  assert.deepEqual(backOffs, [1000, 2000, 4000, 5000, 5000]);
});

test("a path that answers well while requests get 503 does not keep the back-off short", () => {
  const { health, fail, pass } = create({ path: "/ready" });
  fail("status");
  health.checked(undefined);
  pass(60_000);
  health.checked(undefined);
  fail("status");
  assert.equal(health.backOffLeftMs, 2000);
});

test("failed checks of days ago do not lengthen the back-off of today", () => {
  const { health, fail, pass } = create({ path: "/ready" });
  for (let day = 0; day < 3; day++) {
    for (let check = 0; check < 2; check++) health.checked("GET /ready answered 500");
    health.checked(undefined);
    pass(86_400_000);
  }
  fail("status");
  assert.equal(health.backOffLeftMs, 1000);
});

test("only a back-off that has an effect is shown", () => {
  const refused = create();
  refused.fail("connect");
  assert.equal(refused.health.describe().back_off_ms, null);
  const answering = create();
  answering.fail("status");
  assert.equal(answering.health.describe().back_off_ms, 1000);
  const [line = "{}"] = answering.log;
  assert.equal(JSON.parse(line).backOffMs, 1000);
});

test("a successful GET readmits what answered 503, but not again at once if that was wrong", () => {
  const { health, fail, pass } = create({ path: "/ready" });
  fail("status");
  health.checked(undefined);
  assert.ok(health.isHealthy);
  fail("status");
  health.checked(undefined);
  assert.ok(!health.isHealthy);
  pass(2000);
  health.checked(undefined);
  assert.ok(health.isHealthy);
});

test("what is still said of an ejected upstream neither ejects it again nor readmits it", () => {
  const { health, fail } = create();
  fail("connect");
  fail("status");
  health.succeeded();
  assert.equal(health.ejectedBy, "connect");
  assert.equal(health.record.ejections.status.value, 0);
});

test("every ejection and readmission is one line of the log, and tells who listens", () => {
  const { health, fail, pass, log } = create();
  let told = 0;
  health.onChange.add(() => told++);
  fail("connect");
  pass(1500);
  health.checked(undefined);
  assert.equal(told, 2);
  const lines = log.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    lines.map(({ level, msg, variant, upstream, reason, backOffMs, ejectedMs, error }) => ({
      level,
      msg,
      variant,
      upstream,
      reason,
      backOffMs,
      ejectedMs,
      error,
    })),
    [
      {
        level: "warn",
        msg: "upstream ejected",
        variant: "a",
        upstream: "http://model:8000",
        reason: "connect",
        backOffMs: undefined,
        ejectedMs: undefined,
        error: "connect failed",
      },
      {
        level: "info",
        msg: "upstream readmitted",
        variant: "a",
        upstream: "http://model:8000",
        reason: "connect",
        backOffMs: undefined,
        ejectedMs: 1500,
        error: undefined,
      },
    ],
  );
});
