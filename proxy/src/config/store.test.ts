import assert from "node:assert/strict";
import { test } from "node:test";
import { type LoadedConfig, parseConfig } from "./load.ts";
import { ConfigError } from "./problem.ts";
import { type ConfigStoreOptions, createConfigStore, type ReloadOutcome } from "./store.ts";

const loaded = (weight = 50, more = ""): LoadedConfig =>
  parseConfig(
    `experiment: { name: x }\nvariants:\n  - { name: a, weight: ${weight}, upstreams: ["http://a"] }\n  - { name: b, weight: ${100 - weight}, upstreams: ["http://b"] }\n${more}`,
    "x.yaml",
    {},
    {},
  );

type Generation = { number: number; hash: string };

/** A store whose next load answers with `next`; `published` are the generations that went live. */
function createStore(options: Partial<ConfigStoreOptions<Generation>> = {}) {
  const published: (readonly [number, number | undefined])[] = [];
  const outcomes: ReloadOutcome[] = [];
  const source = { next: loaded() as LoadedConfig | Error, loads: 0 };
  const store = createConfigStore<Generation>({
    load: async () => {
      source.loads++;
      if (source.next instanceof Error) throw source.next;
      return source.next;
    },
    build: ({ hash }, number) => ({ number, hash }),
    publish: (next, previous) => published.push([next.number, previous?.number]),
    onOutcome: (outcome) => outcomes.push(outcome),
    now: () => 1234,
    ...options,
  });
  return { store, source, published, outcomes };
}

test("a start that fails says what is wrong and publishes nothing", async () => {
  const { store, source, published } = createStore();
  source.next = new ConfigError("x.yaml", [{ path: "variants", line: 1, column: 1, message: "is missing" }]);
  await assert.rejects(store.start(), /x\.yaml:1:1 variants: is missing/);
  assert.throws(() => store.current(), /await start\(\) first/);
  assert.deepEqual(published, []);
});

test("a new configuration is swapped in as the next generation", async () => {
  const { store, source, published, outcomes } = createStore();
  const first = await store.start();
  source.next = loaded(60);
  const outcome = await store.reload("http");
  assert.deepEqual(outcome, {
    result: "swapped",
    trigger: "http",
    at: 1234,
    hash: source.next.hash,
    previousHash: first.hash,
    problems: [],
  });
  assert.equal(store.current().number, 2);
  assert.deepEqual(published, [
    [1, undefined],
    [2, 1],
  ]);
  assert.deepEqual(outcomes, [outcome]);
});

test("the same configuration builds nothing", async () => {
  const { store, source, published } = createStore();
  const first = await store.start();
  source.next = loaded(50, "# a comment");
  assert.equal((await store.reload("watch")).result, "unchanged");
  assert.equal(store.current(), first);
  assert.equal(published.length, 1);
});

test("a change that the hash leaves out is swapped in all the same", async () => {
  const { store, source } = createStore();
  await store.start();
  source.next = loaded(50, "log: { level: warn }");
  const { result, hash, previousHash } = await store.reload("signal");
  assert.deepEqual([result, hash], ["swapped", previousHash]);
});

test("a reload that fails keeps the previous generation, wherever it fails", async () => {
  let isBroken = false;
  const { store, source, published } = createStore({
    build: ({ hash }, number) => {
      if (isBroken) throw new Error("no such certificate");
      return { number, hash };
    },
  });
  const first = await store.start();
  const rejected = async (): Promise<string> => {
    const { result, hash, previousHash, problems } = await store.reload("signal");
    assert.deepEqual([result, hash, previousHash], ["rejected", first.hash, first.hash]);
    assert.equal(store.current(), first);
    return problems.map(({ path, message }) => `${path}: ${message}`).join();
  };
  source.next = new ConfigError("x.yaml", [{ path: "variants", line: 1, column: 1, message: "is missing" }]);
  assert.equal(await rejected(), "variants: is missing");
  source.next = new Error("disk on fire");
  assert.equal(await rejected(), ": disk on fire");
  source.next = loaded(50, "listen: { port: 9 }");
  assert.match(await rejected(), /^listen\.port: cannot change from 8080 to 9 while running/);
  source.next = loaded(60);
  isBroken = true;
  assert.equal(await rejected(), ": no such certificate");
  assert.equal(published.length, 1);
  isBroken = false;
  assert.equal((await store.reload("signal")).result, "swapped");
  assert.equal(store.current().number, 2);
});

test("every caller gets the outcome of a load that began after its call, and loads never overlap", async () => {
  const gates: (() => void)[] = [];
  let loading = 0;
  const { store, source } = createStore({
    load: async () => {
      source.loads++;
      assert.equal(++loading, 1);
      if (source.loads > 1) await new Promise<void>((open) => gates.push(open));
      loading--;
      return loaded(50 + source.loads);
    },
  });
  await store.start();
  const first = store.reload("signal");
  while (gates.length < 1) await Promise.resolve();
  const later = [store.reload("http"), store.reload("watch"), store.reload("http")];
  gates[0]?.();
  assert.equal((await first).hash, loaded(52).hash);
  while (gates.length < 2) await Promise.resolve();
  gates[1]?.();
  const outcomes = await Promise.all(later);
  assert.deepEqual(
    outcomes.map(({ trigger, hash }) => [trigger, hash]),
    [
      ["http", loaded(53).hash],
      ["watch", loaded(53).hash],
      ["http", loaded(53).hash],
    ],
  );
  assert.equal(source.loads, 3);
});

test("what changes from outside the file builds the running configuration anew, once, and without reading it", async () => {
  let stopped = "";
  const hash = (one: LoadedConfig) => one.hash + stopped;
  const { store, source, published } = createStore({ hash });
  await store.start();
  assert.equal((await store.rebuild("stop")).result, "unchanged");
  stopped = " without b";
  source.next = new Error("half a file");
  const outcome = await store.rebuild("stop");
  assert.deepEqual(
    [outcome.result, outcome.trigger, outcome.previousHash, outcome.hash],
    ["swapped", "stop", loaded().hash, `${loaded().hash} without b`],
  );
  assert.equal((await store.rebuild("stop")).result, "unchanged");
  assert.deepEqual([source.loads, published.at(-1)], [1, [2, 1]]);
  source.next = loaded(60);
  assert.equal((await store.reload("http")).hash, `${loaded(60).hash} without b`);
});

test("a reload and a rebuild that come together do not overlap", async () => {
  let stopped = "";
  const { store, source } = createStore({ hash: (one) => one.hash + stopped });
  await store.start();
  source.next = loaded(60);
  const reloads = [store.reload("http"), store.reload("http")];
  stopped = " without b";
  const rebuilt = store.rebuild("stop");
  const last = store.reload("signal");
  assert.deepEqual(
    (await Promise.all([...reloads, rebuilt, last])).map(({ result, previousHash }) => [
      result,
      previousHash,
    ]),
    [
      ["swapped", loaded().hash],
      ["swapped", loaded().hash],
      ["unchanged", `${loaded(60).hash} without b`],
      // It came before the first began, and shares that.
      ["swapped", loaded().hash],
    ],
  );
});

test("the last ten outcomes are kept", async () => {
  const { store, source } = createStore();
  await store.start();
  for (let weight = 1; weight <= 12; weight++) {
    source.next = loaded(weight);
    await store.reload("http");
  }
  assert.deepEqual(
    store.history().map(({ hash }) => hash),
    Array.from({ length: 10 }, (_, index) => loaded(index + 3).hash),
  );
});
