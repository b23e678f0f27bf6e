import assert from "node:assert/strict";
import { test } from "node:test";
import type { Collected } from "./collection.ts";
import { Publication } from "./publication.ts";

function create(t: { after(step: () => void): void }, salt = "a salt") {
  let now = 1_000_000;
  let collections = 0;
  let phase = 1;
  const names = ["kestrel", "osprey"];
  const experiment = () => ({ name: "birds", salt, phase, names });
  const gate = Promise.withResolvers<void>();
  let waiting: Promise<void> = Promise.resolve();
  t.after(() => gate.resolve());
  const collect = async (): Promise<Collected> => {
    collections++;
    const at = now;
    await waiting;
    return {
      at,
      generation: phase,
      shape: {
        experiment: "birds",
        phase,
        maxInFlight: 1,
        variants: names.map((name) => ({ name, weight: 50, control: false })),
      },
      gateways: [],
      workers: [],
      reloads: [],
    };
  };
  const publication = new Publication({
    collector: { collect },
    experiment,
    now: () => now,
    everyMs: 60_000,
    afterMs: 1,
  });
  return {
    publication,
    collections: () => collections,
    pass: (ms: number) => {
      now += ms;
    },
    block: () => {
      waiting = gate.promise;
    },
    unblock: gate.resolve,
    nextPhase: () => {
      phase++;
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

test("in another phase nothing of the one before is shown any more", async (t) => {
  const { publication, nextPhase } = create(t);
  const first = await publication.current();
  nextPhase();
  const second = await publication.current();
  assert.deepEqual([first.experiment.phase, second.experiment.phase], [1, 2]);
});

test("without a salt letters are drawn for the process, and stay", async (t) => {
  const { publication, pass } = create(t, "");
  const first = await publication.current();
  pass(60_000);
  await publication.current();
  assert.deepEqual((await publication.current()).variants, first.variants);
});
