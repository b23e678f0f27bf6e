import assert from "node:assert/strict";
import { test } from "node:test";
import type { Collected } from "./collection.ts";
import { Publication, type Running } from "./publication.ts";

const LETTERS = new Map([
  ["kestrel", "Y"],
  ["osprey", "X"],
]);

function create(t: { after(step: () => void): void }) {
  let now = 1_000_000;
  let collections = 0;
  let running: Running = { experiment: "birds", phase: 1, letters: LETTERS };
  let positive = 52_000;
  let gate = Promise.withResolvers<void>();
  let waiting: Promise<void> = Promise.resolve();
  t.after(() => gate.resolve());
  const collect = async (): Promise<Collected> => {
    collections++;
    const at = now;
    const { experiment, phase, letters } = running;
    await waiting;
    const names = [...letters.keys()];
    return {
      at,
      generation: phase,
      letters,
      shape: {
        experiment,
        phase,
        maxInFlight: 1,
        variants: names.map((name) => ({ name, weight: 50, control: false })),
      },
      gateways: [],
      workers: names.map((variant) => ({
        variant,
        address: "127.0.0.1:1",
        numbers: {
          predictions: { 200: { positive, negative: 100_000 - positive } },
          labelBaseline: {},
        },
      })),
      reloads: [],
    };
  };
  const publication = new Publication({
    collector: { collect },
    running: () => running,
    now: () => now,
    everyMs: 60_000,
    afterMs: 1,
  });
  return {
    publication,
    collect,
    collections: () => collections,
    pass: (ms: number) => {
      now += ms;
    },
    block: () => {
      gate = Promise.withResolvers<void>();
      waiting = gate.promise;
    },
    unblock: () => {
      waiting = Promise.resolve();
      gate.resolve();
    },
    reload: (change: Partial<Running>) => {
      running = { ...running, ...change };
    },
    answer: (count: number) => {
      positive = count;
    },
  };
}

test("many who ask at once and for minutes afterwards see one publication", async (t) => {
  const { publication, collections, pass } = create(t);
  const all = await Promise.all(Array.from({ length: 50 }, () => publication.current()));
  pass(59_999);
  const later = await publication.current();
  assert.equal(collections(), 1);
  assert.ok(all.every((one) => one === later));
  assert.equal(later.nextAt, later.at + 60_000);
});

test("when the time has come the old one is shown until the new one is there: nobody waits for a worker", async (t) => {
  const { publication, collections, pass, block, unblock } = create(t);
  const first = await publication.current();
  pass(60_000);
  block();
  assert.equal(await publication.current(), first);
  assert.equal(await publication.current(), first);
  assert.equal(collections(), 2);
  unblock();
  while ((await publication.current()) === first) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(collections(), 2);
});

test("a reload after a collection: nothing of the phase before is shown any more", async (t) => {
  const { publication, reload } = create(t);
  const first = await publication.current();
  reload({ phase: 2 });
  const second = await publication.current();
  assert.deepEqual([first.experiment.phase, second.experiment.phase], [1, 2]);
});

test("a reload during a collection: what was asked of the phase before is shown to nobody, though all letters are the same", async (t) => {
  const { publication, collections, block, unblock, reload } = create(t);
  block();
  const asked = publication.current();
  while (collections() === 0) await new Promise((resolve) => setImmediate(resolve));
  reload({ phase: 2 });
  unblock();
  assert.equal((await asked).experiment.phase, 2);
  assert.equal((await publication.current()).experiment.phase, 2);
});

test("a reload during a collection: other letters are never put on the shares of these", async (t) => {
  const { publication, collections, block, unblock, reload } = create(t);
  block();
  const asked = publication.current();
  while (collections() === 0) await new Promise((resolve) => setImmediate(resolve));
  reload({ letters: new Map([...LETTERS, ["wren", "Z"]]) });
  unblock();
  assert.deepEqual(
    (await asked).variants.map(({ name }) => name),
    ["X", "Y", "Z"],
  );
});

test("shares stay what they were over a phase, as the counts behind them do", async (t) => {
  const { publication, reload, answer } = create(t);
  const shown = async () =>
    (await publication.current()).variants.map(({ labelShares }) => labelShares.positive);
  assert.deepEqual(await shown(), [0.5, 0.5]);
  // Afresh it would be 0.55.
  answer(53_900);
  reload({ phase: 2 });
  assert.deepEqual(await shown(), [0.5, 0.5]);
  reload({ experiment: "other birds" });
  assert.deepEqual(await shown(), [0.55, 0.55]);
});

test("where a reload overtakes every collection it says so instead of showing one of the past", async (t) => {
  const { collect, collections } = create(t);
  let phase = 1;
  const running = () => ({ experiment: "birds", phase: ++phase, letters: LETTERS });
  const publication = new Publication({ collector: { collect }, running, now: () => 0, afterMs: 1 });
  await assert.rejects(publication.current(), /replaced during each of 3 collections/);
  assert.equal(collections(), 3);
});
