import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import { test } from "node:test";
import { Names } from "./names.ts";

const NOT_YET = { problem: "It was not asked: its name has not been resolved yet." };

/** A resolver whose answers come when the test says so. */
function createResolver() {
  const begun: string[] = [];
  const pending = new Map<string, PromiseWithResolvers<LookupAddress[]>>();
  const resolve = (host: string) => {
    begun.push(host);
    const answer = Promise.withResolvers<LookupAddress[]>();
    pending.set(host, answer);
    return answer.promise;
  };
  return { resolve, begun, answer: (host: string) => pending.get(host) };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** The signal of a collection whose deadline is in 20 ms. */
const soon = () => AbortSignal.timeout(20);

test("hanging resolver: however many collections come, one lookup of a name is under way, and only the first waits", async () => {
  const { resolve, begun } = createResolver();
  const names = new Names(resolve);
  assert.deepEqual(await names.find("replicas", soon()), NOT_YET);
  // Without a deadline: nobody but the first waits at all.
  const { signal } = new AbortController();
  for (let collection = 0; collection < 100; collection++)
    assert.deepEqual(await names.find("replicas", signal), NOT_YET);
  assert.deepEqual(begun, ["replicas"]);
});

test("hanging resolver: names of a page take one thread in all, and each has its turn", async () => {
  const { resolve, begun, answer } = createResolver();
  const names = new Names(resolve);
  const hosts = ["one", "two", "three"];
  for (let collection = 0; collection < 3; collection++) {
    const signal = soon();
    await Promise.all(hosts.map((host) => names.find(host, signal)));
  }
  assert.deepEqual(begun, ["one"]);
  answer("one")?.reject(new Error("getaddrinfo EAI_AGAIN one"));
  await nextTurn();
  assert.deepEqual(begun, ["one", "two"]);
  answer("two")?.resolve([{ address: "127.0.0.2", family: 4 }]);
  await nextTurn();
  const { signal } = new AbortController();
  assert.deepEqual(await names.find("one", signal), {
    problem: "Its name leads nowhere: getaddrinfo EAI_AGAIN one.",
  });
  assert.deepEqual(await names.find("two", signal), { addresses: ["127.0.0.2"] });
  assert.deepEqual(begun, ["one", "two", "three"]);
});

test("within a collection whoever asks for a name waits for the same lookup; addresses come once", async () => {
  const { resolve, begun, answer } = createResolver();
  const names = new Names(resolve);
  const { signal } = new AbortController();
  const both = Promise.all([names.find("workers", signal), names.find("workers", signal)]);
  await nextTurn();
  answer("workers")?.resolve([
    { address: "127.0.0.1", family: 4 },
    { address: "127.0.0.1", family: 4 },
  ]);
  assert.deepEqual(await both, [{ addresses: ["127.0.0.1"] }, { addresses: ["127.0.0.1"] }]);
  assert.deepEqual(begun, ["workers"]);
});

test("after the page has stopped no lookup begins", async () => {
  const { resolve, begun, answer } = createResolver();
  const names = new Names(resolve);
  const signal = soon();
  const both = Promise.all([names.find("one", signal), names.find("two", signal)]);
  await nextTurn();
  names.stop();
  answer("one")?.resolve([]);
  await both;
  assert.deepEqual(begun, ["one"]);
});
