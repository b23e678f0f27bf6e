import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answering, ProcessKeys } from "./process-keys.ts";

function keyOf(keys: ProcessKeys, one: Answering): string | undefined {
  return keys.keysOf([one])[0];
}

test("a gateway keeps its name, whichever of its addresses answers", () => {
  const keys = new ProcessKeys();
  assert.equal(keyOf(keys, { addresses: ["b:1", "a:1"], instance: "one" }), "a:1");
  assert.equal(keyOf(keys, { addresses: ["b:1"], instance: "one" }), "a:1");
  assert.equal(keys.keyAt("b:1"), "a:1");
  assert.equal(keys.keyAt("c:1"), "c:1");
});

test("it keeps its name over restarts of its own and of the judge", () => {
  const keys = new ProcessKeys();
  keyOf(keys, { addresses: ["a:1", "b:1"], instance: "one" });
  const later = new ProcessKeys(JSON.parse(JSON.stringify(keys.save())));
  assert.equal(keyOf(later, { addresses: ["b:1"], instance: "another" }), "a:1");
  assert.equal(keyOf(later, { addresses: ["c:1"], instance: "another" }), "a:1");
});

test("gateways that do not say who they are go by their address", () => {
  const keys = new ProcessKeys("nonsense");
  assert.equal(keyOf(keys, { addresses: ["a:1"], instance: undefined }), "a:1");
  assert.equal(keyOf(keys, { addresses: ["b:1"], instance: undefined }), "b:1");
});

test("two gateways are two", () => {
  const keys = new ProcessKeys();
  assert.equal(keyOf(keys, { addresses: ["a:1"], instance: "one" }), "a:1");
  assert.equal(keyOf(keys, { addresses: ["b:1"], instance: "two" }), "b:1");
});

test("an address that another gateway had, and has left, does not make the two one", () => {
  const keys = new ProcessKeys();
  keyOf(keys, { addresses: ["a:1", "b:1"], instance: "one" });
  const both = [
    { addresses: ["b:1"], instance: "two" },
    { addresses: ["a:1"], instance: "one" },
  ];
  assert.deepEqual(keys.keysOf(both), ["b:1", "a:1"]);
  assert.deepEqual(keys.keysOf(both.toReversed()), ["a:1", "b:1"]);
});

test("addresses of long ago are forgotten, those that answer are not", () => {
  const keys = new ProcessKeys();
  keyOf(keys, { addresses: ["a:1", "b:1"], instance: "one" });
  for (let start = 0; start < 2_100; start++) {
    keyOf(keys, { addresses: [`c${start}:1`], instance: `start ${start}` });
    keyOf(keys, { addresses: ["a:1", "b:1"], instance: "one" });
  }
  const { aliases, instances } = keys.save();
  assert.deepEqual([Object.keys(aliases).length, Object.keys(instances).length], [2000, 2000]);
  assert.equal(keys.keyAt("b:1"), "a:1");
});
