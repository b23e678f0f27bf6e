import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { Admission } from "./admission.ts";
import { TotalInFlight } from "./total-in-flight.ts";

interface Options {
  readonly maxInFlight?: number;
  readonly size?: number;
  readonly timeoutMs?: number;
  readonly total?: TotalInFlight;
  /** Of another generation of the same variant. */
  readonly inFlight?: { value: number };
}

function create({ maxInFlight = 1, size = 10, timeoutMs = 60_000, ...more }: Options = {}) {
  const total = more.total ?? new TotalInFlight();
  const inFlight = more.inFlight ?? { value: 0 };
  const queued = { value: 0 };
  const refusals = { full: { value: 0 }, timeout: { value: 0 } };
  const queue = { size, timeoutMs };
  const admission = new Admission({ maxInFlight, queue, total, inFlight, queued, refusals });
  return { admission, total, inFlight, queued, refusals };
}

/** Requests that write down what they are told. */
function callers(t: TestContext) {
  const told: string[] = [];
  const all: { admission: Admission; request: ReturnType<typeof caller> }[] = [];
  const caller = (name: string, then?: () => void) => ({
    onPlace: () => {
      told.push(name);
      then?.();
    },
    onTimeout: () => void told.push(`${name} timed out`),
  });
  t.after(() => {
    for (const { admission, request } of all) admission.forget(request);
  });
  return {
    told,
    enter(admission: Admission, name: string, then?: () => void) {
      const request = caller(name, then);
      all.push({ admission, request });
      return { request, result: admission.enter(request) };
    },
  };
}

test("requests enter up to the limit; more wait up to the size of the queue; more than that are refused", (t) => {
  const { admission, inFlight, queued, refusals } = create({ maxInFlight: 2, size: 1 });
  const { enter, told } = callers(t);
  const results = ["a", "b", "c", "d"].map((name) => enter(admission, name).result);
  assert.deepEqual(results, ["entered", "entered", "queued", "full"]);
  assert.deepEqual([inFlight.value, queued.value, refusals.full.value], [2, 1, 1]);
  assert.deepEqual(told, []);
});

test("without a queue a request above the limit is refused at once", (t) => {
  const { admission } = create({ size: 0 });
  const { enter } = callers(t);
  assert.deepEqual(
    ["a", "b"].map((name) => enter(admission, name).result),
    ["entered", "full"],
  );
});

test("a place that frees goes to whoever waits longest, and nobody overtakes", (t) => {
  const { admission, inFlight, queued } = create();
  const { enter, told } = callers(t);
  for (const name of ["a", "b", "c"]) enter(admission, name);
  admission.leave();
  assert.deepEqual(told, ["b"]);
  assert.equal(enter(admission, "d").result, "queued");
  admission.leave();
  admission.leave();
  assert.deepEqual(told, ["b", "c", "d"]);
  admission.leave();
  assert.deepEqual([inFlight.value, queued.value], [0, 0]);
  assert.equal(enter(admission, "e").result, "entered");
});

test("whoever waits too long is told once, and takes no place", async (t) => {
  const { admission, inFlight, queued, refusals, total } = create({ timeoutMs: 5 });
  const { enter, told } = callers(t);
  enter(admission, "a");
  const { promise, resolve } = Promise.withResolvers<void>();
  const request = { onPlace: () => void told.push("b"), onTimeout: resolve };
  admission.enter(request);
  await promise;
  admission.leave();
  assert.deepEqual(told, []);
  assert.deepEqual([inFlight.value, queued.value, refusals.timeout.value, total.value], [0, 0, 1, 0]);
});

test("a caller that left while it waited is forgotten: its place goes to the next", (t) => {
  const { admission, queued } = create();
  const { enter, told } = callers(t);
  enter(admission, "a");
  const { request } = enter(admission, "b");
  enter(admission, "c");
  admission.forget(request);
  admission.forget(request);
  assert.equal(queued.value, 1);
  admission.leave();
  assert.deepEqual(told, ["c"]);
});

test("the cap for all variants holds for all, and frees whoever waits longest, whatever its variant", (t) => {
  const total = new TotalInFlight();
  total.setLimit(2);
  const a = create({ maxInFlight: 2, total });
  const b = create({ maxInFlight: 2, total });
  const { enter, told } = callers(t);
  assert.equal(enter(a.admission, "a1").result, "entered");
  assert.equal(enter(a.admission, "a2").result, "entered");
  assert.equal(enter(b.admission, "b1").result, "queued");
  assert.equal(enter(a.admission, "a3").result, "queued");
  assert.equal(enter(b.admission, "b2").result, "queued");
  a.admission.leave();
  assert.deepEqual(told, ["b1"]);
  b.admission.leave();
  a.admission.leave();
  assert.deepEqual(told, ["b1", "a3", "b2"]);
  assert.equal(total.value, 2);
});

test("a sick variant whose requests stay does not hold up the other one", (t) => {
  const total = new TotalInFlight();
  total.setLimit(10);
  const sick = create({ maxInFlight: 2, total });
  const well = create({ maxInFlight: 1, total });
  const { enter, told } = callers(t);
  for (const name of ["s1", "s2", "s3", "s4"]) enter(sick.admission, name);
  assert.equal(enter(well.admission, "w1").result, "entered");
  assert.equal(enter(well.admission, "w2").result, "queued");
  well.admission.leave();
  assert.deepEqual(told, ["w2"]);
});

test("a raised cap lets those enter who wait", (t) => {
  const total = new TotalInFlight();
  total.setLimit(1);
  const { admission } = create({ maxInFlight: 5, total });
  const { enter, told } = callers(t);
  for (const name of ["a", "b", "c"]) enter(admission, name);
  total.setLimit(2);
  assert.deepEqual(told, ["b"]);
  total.setLimit(undefined);
  assert.deepEqual(told, ["b", "c"]);
});

test("after a reload requests of the generation before count, and free places for the new one", (t) => {
  const inFlight = { value: 0 };
  const total = new TotalInFlight();
  const old = create({ inFlight, total });
  const next = create({ inFlight, total });
  const { enter, told } = callers(t);
  enter(old.admission, "old");
  assert.equal(enter(next.admission, "new").result, "queued");
  old.admission.leave();
  assert.deepEqual(told, ["new"]);
  assert.equal(inFlight.value, 1);
});

test("requests that fail as soon as they enter do not lose the places of those behind them", (t) => {
  const { admission, inFlight } = create({ size: 1000 });
  const { enter, told } = callers(t);
  enter(admission, "first");
  for (let index = 0; index < 1000; index++) enter(admission, String(index), () => admission.leave());
  admission.leave();
  assert.equal(told.length, 1000);
  assert.equal(inFlight.value, 0);
});

test("half of the places, of the variant or of all together, is where others should give way", () => {
  const total = new TotalInFlight();
  const { admission, inFlight } = create({ maxInFlight: 4, total });
  assert.equal(admission.isHalfFull, false);
  inFlight.value = 2;
  assert.equal(admission.isHalfFull, false);
  inFlight.value = 3;
  assert.equal(admission.isHalfFull, true);
  inFlight.value = 0;
  total.setLimit(10);
  total.value = 6;
  assert.equal(admission.isHalfFull, true);
});
