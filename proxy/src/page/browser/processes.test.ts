import assert from "node:assert/strict";
import { test } from "node:test";
import type { GatewaySnapshot, OpenSnapshot } from "../snapshot.ts";
import { gatewayKey, keysOf, wordsOf } from "./processes.ts";

const gateway = (address: string, instance?: string): GatewaySnapshot => ({
  address,
  instance,
  numbers: {
    configHash: "a",
    lastReloadSuccessful: true,
    residentBytes: 1,
    eventLoopP99Seconds: 1,
    variants: {},
  },
});

const snapshotOf = (gateways: readonly GatewaySnapshot[]): OpenSnapshot => ({
  masked: false,
  at: 1,
  experiment: { name: "birds", phase: 1 },
  variants: [],
  gateways,
  workers: [],
  reloads: [],
});

test("gateways on the same address are told apart by what they call themselves, and one on two is one", () => {
  const keys = Object.keys(
    wordsOf(snapshotOf([gateway("0.0.0.0:8081", "one"), gateway("0.0.0.0:8081", "two")])),
  );
  assert.equal(new Set(keys).size, 2);
  assert.equal(gatewayKey(gateway("10.0.0.1:8081", "one")), gatewayKey(gateway("localhost:8081", "one")));
  assert.notEqual(gatewayKey(gateway("10.0.0.1:8081")), gatewayKey(gateway("10.0.0.2:8081")));
});

test("a gateway that is silent for a moment stays the one that it was", () => {
  const known = Object.keys(wordsOf(snapshotOf([gateway("10.0.0.1:8081", "one")])));
  const silent = { address: "10.0.0.1:8081", instance: "one", problem: "It did not answer." };
  assert.deepEqual([...keysOf(snapshotOf([silent]))], known);
});
