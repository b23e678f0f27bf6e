import assert from "node:assert/strict";
import { test } from "node:test";
import { gateway, type Served, snapshot, worker } from "../../../../test/support/snapshots.ts";
import type { GatewaySnapshot } from "../snapshot.ts";
import { compare } from "./comparison.ts";
import { NO_HISTORY, remember, sinceStart } from "./history.ts";
import { type Check, checkValidity } from "./validity.ts";

function states(...given: Parameters<typeof check>): string[] {
  return check(...given).map(({ state }) => state);
}

function check(
  served: Readonly<Record<string, Served>>,
  change: (gateway: GatewaySnapshot) => readonly GatewaySnapshot[] = (one) => [one],
  workers = [worker("fast", {}), worker("slow", {})],
): Check[] {
  const gateways = change(gateway(served));
  const given = snapshot(0, gateways, workers);
  const figures = compare(given, sinceStart(remember(NO_HISTORY, given)));
  return checkValidity(figures, gateways, workers);
}

const EVEN = { fast: { answered: 500 }, slow: { answered: 500 } };

test("shares that follow the weights, enough of them, from processes that agree, are fine", () => {
  assert.deepEqual(states(EVEN), ["ok", "ok", "ok", "ok", "ok"]);
});

test("nothing is said of shares with too few answers", () => {
  assert.deepEqual(states({ fast: { answered: 199 }, slow: { answered: 500 } }).slice(0, 3), [
    "unknown",
    "unknown",
    "unknown",
  ]);
});

test("shares away from what the weights predict are worth a look", () => {
  const served = { fast: { answered: 600, expected: 550 }, slow: { answered: 500, expected: 550 } };
  assert.equal(states(served)[0], "look");
});

test("a variant whose callers leave before the answer is worth a look", () => {
  const served = { fast: { answered: 500 }, slow: { answered: 450, assignments: 500, expected: 500 } };
  assert.equal(states(served)[1], "look");
});

test("decisions that are no exposures are not taken for lost answers", () => {
  const served = { fast: { answered: 500, assignments: 9_000 }, slow: { answered: 500, assignments: 8_000 } };
  assert.equal(states(served)[1], "unknown");
});

test("a process that does not answer, another configuration and a rejected reload are worth a look", () => {
  const silent = { address: "10.0.0.2:8081", problem: "It did not answer." };
  assert.equal(states(EVEN, (one) => [one, silent])[3], "look");
  const change = (numbers: object) => (one: GatewaySnapshot) =>
    one.numbers === undefined
      ? [one]
      : [one, { address: "10.0.0.2:8081", numbers: { ...one.numbers, ...numbers } }];
  assert.equal(states(EVEN, change({ configHash: "another" }))[4], "look");
  assert.equal(states(EVEN, change({ lastReloadSuccessful: false }))[4], "look");
  assert.equal(states(EVEN, change({}))[4], "ok");
});

test("what silent gateways run is not known", () => {
  const silent = ["10.0.0.2:8081", "10.0.0.3:8081"].map((address) => ({
    address,
    problem: "It did not answer.",
  }));
  const [one] = check(EVEN, (own) => [own, ...silent]).slice(4);
  assert.deepEqual([one?.state, one?.finding], ["unknown", "1 of 3 gateways says what it runs"]);
  const [two] = check(EVEN, (own) => [own, { ...own, address: "10.0.0.4:8081" }, ...silent]).slice(4);
  assert.deepEqual([two?.state, two?.finding], ["unknown", "2 of 4 gateways say what they run, and agree"]);
});

test("a service without figures of ours is no silent process", () => {
  const problem = "Its /metrics has no sentiment_requests_total.";
  const foreign = { variant: "slow", address: "10.0.0.9:80", problem, hasAnswered: true };
  const processes = check(EVEN, (own) => [own], [worker("fast", {}), foreign])[3];
  assert.deepEqual(processes, {
    name: "Every process answers",
    state: "ok",
    finding: "3 of 3; 10.0.0.9:80 without figures",
  });
});
