import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry } from "prom-client";
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

test("other work has its turn between two families", async () => {
  const registry = createRegistry();
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await expose(registry);
  isDone = true;
  assert.ok(turns >= 2, String(turns));
});
