import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram, Registry } from "prom-client";
import { countTurns } from "../../../test/support/event-loop-turns.ts";
import { expose } from "./expose.ts";
import { HistogramFamily, NumberFamily } from "./series.ts";

function createRegistry(): Registry {
  const registry = new Registry();
  const requests = new NumberFamily(registry, "counter", "requests_total", 'Those with a "quote".');
  for (const status of ["200", "500"]) requests.series({ status }).value = Number(status);
  new HistogramFamily(registry, "duration_seconds", "How long.", [0.1, 1])
    .series({ model: "a" })
    .observe(0.5);
  return registry;
}

test("it is what prom-client writes", async () => {
  const registry = createRegistry();
  assert.equal(await expose(registry), await registry.metrics());
});

test("a family of any length is what prom-client writes, at the ends of its pieces too, and its own histograms are", async () => {
  for (const count of [0, 1, 249, 250, 251, 500, 1_234]) {
    const registry = new Registry();
    const family = new NumberFamily(registry, "gauge", "many", "One.\nTwo.");
    for (let index = 0; index < count; index++) family.series({ index: String(index) }).value = index;
    const histogram = new Histogram({
      name: "theirs",
      help: "Theirs.",
      labelNames: ["a"],
      buckets: Array.from({ length: 300 }, (_, bound) => bound),
      registers: [registry],
    });
    for (const a of ["x", 'y"']) histogram.observe({ a }, 7);
    assert.equal(await expose(registry), await registry.metrics(), `${count} series`);
  }
});

test("other work has its turn within a family", async () => {
  const registry = new Registry();
  const family = new NumberFamily(registry, "gauge", "many", "Many.");
  for (let index = 0; index < 5_000; index++) family.series({ index: String(index) });
  assert.ok((await countTurns(() => expose(registry))) >= 19);
});

test("other work has its turn between two families", async () => {
  const registry = createRegistry();
  assert.ok((await countTurns(() => expose(registry))) >= 2);
});
