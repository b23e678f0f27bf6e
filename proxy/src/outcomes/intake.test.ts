import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import { Registry } from "prom-client";
import { createOutcomeMetrics } from "../metrics/outcome-metrics.ts";
import { Intake } from "./intake.ts";
import type { Journal, Stored } from "./journal.ts";
import type { Outcome, OutcomeKey } from "./outcome.ts";
import { RecentIds } from "./recent-ids.ts";
import { CLAIM_MS, type Claimed, type SharedIds } from "./shared-ids.ts";
import { Tally } from "./tally.ts";

const OUTCOME: Outcome = {
  ...{ experiment: "test", phase: 1, stratum: "50/50", variant: "a", analysisBucket: 7, name: "converted" },
  ...{ amount: undefined, labels: undefined, ratingError: undefined, delaySeconds: 1 },
};

function keyOf(id: string, value = 1): OutcomeKey {
  return { digest: hash("sha256", id, "buffer"), value, expiresAt: 1e15 };
}

/** A disk and a Redis that do as they are told. */
function start(more: { stores?: () => Promise<Stored>; claims?: () => Promise<Claimed> } = {}) {
  const metrics = createOutcomeMetrics(new Registry());
  const ids = new RecentIds(100);
  const told: string[] = [];
  const { stores, claims } = more;
  const journal = stores && {
    async append(_: unknown, commit: () => void): Promise<Stored> {
      const stored = await stores();
      if (stored === "stored") commit();
      return stored;
    },
  };
  const shared = claims && {
    claim: claims,
    confirm: async () => void told.push("confirmed"),
    release: async () => void told.push("released"),
    renew: async () => void told.push("renewed"),
  };
  const intake = new Intake({
    tally: new Tally(metrics),
    journal: journal as Journal | undefined,
    ids: () => ids,
    now: () => 0,
  });
  return {
    told,
    take: (key: OutcomeKey) => intake.take(OUTCOME, key, shared as unknown as SharedIds | undefined),
    drop: (key: OutcomeKey) => intake.drop(key),
    counted: () => metrics.outcomes.samples().reduce((sum, { value }) => sum + value, 0),
  };
}

test("the first is counted, its repetition is known, another value contradicts it", async () => {
  const { take, counted } = start();
  assert.equal(await take(keyOf("a")), "counted");
  assert.equal(await take(keyOf("a")), "duplicate");
  assert.equal(await take(keyOf("a", 2)), "conflict");
  assert.equal(await take(keyOf("b")), "counted");
  assert.equal(counted(), 2);
});

test("nothing is counted before it is on disk", async () => {
  const { promise, resolve } = Promise.withResolvers<Stored>();
  const { take, counted } = start({ stores: () => promise });
  const taken = take(keyOf("a"));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(counted(), 0);
  resolve("stored");
  assert.equal(await taken, "counted");
  assert.equal(counted(), 1);
});

test("whoever repeats what is being written gets what becomes of that", async () => {
  for (const [stored, first, others] of [
    ["stored", "counted", ["duplicate", "conflict"]],
    ["failed", "not_stored", ["not_stored", "not_stored"]],
    ["busy", "busy", ["busy", "busy"]],
  ] as const) {
    const { promise, resolve } = Promise.withResolvers<Stored>();
    const { take, counted } = start({ stores: () => promise });
    const all = [take(keyOf("a")), take(keyOf("a")), take(keyOf("a", 2))];
    resolve(stored);
    assert.deepEqual(await Promise.all(all), [first, ...others]);
    assert.equal(counted(), stored === "stored" ? 1 : 0);
  }
});

test("what failed may be reported again", async () => {
  let stored: Stored = "failed";
  const { take, counted } = start({ stores: async () => stored });
  assert.equal(await take(keyOf("a")), "not_stored");
  stored = "stored";
  assert.equal(await take(keyOf("a")), "counted");
  assert.equal(counted(), 1);
});

test("a claim is confirmed once it is counted, and given back where it cannot be", async () => {
  const good = start({ claims: async () => "new", stores: async () => "stored" });
  assert.equal(await good.take(keyOf("a")), "counted");
  assert.deepEqual(good.told, ["confirmed"]);
  const bad = start({ claims: async () => "new", stores: async () => "failed" });
  assert.equal(await bad.take(keyOf("a")), "not_stored");
  assert.deepEqual(bad.told, ["released"]);
});

test("a claim is renewed for as long as the disk takes, and no longer", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { promise, resolve } = Promise.withResolvers<Stored>();
  const { take, told } = start({ claims: async () => "new", stores: () => promise });
  const taken = take(keyOf("a"));
  await new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(2 * CLAIM_MS);
  assert.ok(told.length >= 2, "others would have taken it over");
  assert.deepEqual(new Set(told.splice(0)), new Set(["renewed"]));
  resolve("stored");
  assert.equal(await taken, "counted");
  t.mock.timers.tick(2 * CLAIM_MS);
  assert.deepEqual(told, ["confirmed"]);
});

test("what is not counted is remembered, so that its answers are those of what is", () => {
  const { drop, counted } = start();
  assert.equal(drop(keyOf("a")), "dropped");
  assert.equal(drop(keyOf("a")), "duplicate");
  assert.equal(drop(keyOf("a", 2)), "conflict");
  assert.equal(counted(), 0);
});

test("what another gateway has, or is about to have, is not counted here", async () => {
  const { take, counted } = start({ claims: async () => 1 });
  assert.equal(await take(keyOf("a", 1)), "duplicate");
  assert.equal(await take(keyOf("a", 2)), "conflict");
  assert.equal(await start({ claims: async () => "claimed" }).take(keyOf("a")), "busy");
  assert.equal(counted(), 0);
});

test("while nobody can tell, it is counted here, and nothing is claimed", async () => {
  const { take, counted, told } = start({ claims: async () => "away" });
  assert.equal(await take(keyOf("a")), "counted");
  assert.equal(await take(keyOf("a")), "duplicate");
  assert.equal(counted(), 1);
  assert.deepEqual(told, []);
});
