import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { Registry } from "prom-client";
import { familiesOf, HistogramFamily, NumberFamily } from "./series.ts";

test("a series is there with 0 as soon as its labels are named, and counts from then on", async () => {
  const registry = new Registry();
  const family = new NumberFamily(registry, "counter", "x_total", "Help.");
  const series = family.series({ a: "1" });
  assert.match(
    await registry.metrics(),
    /^# HELP x_total Help\.\n# TYPE x_total counter\nx_total\{a="1"\} 0$/m,
  );
  series.value += 2;
  assert.equal(family.series({ a: "1" }), series);
  assert.match(await registry.metrics(), /x_total\{a="1"\} 2$/m);
});

test("series that are removed are gone from the next scrape, and begin again at 0", async () => {
  const registry = new Registry();
  const family = new NumberFamily(registry, "counter", "x_total", "Help.");
  const histogram = new HistogramFamily(registry, "h", "Help.", [1]);
  family.series({ a: "1", b: "1" }).value = 5;
  family.series({ a: "1", b: "2" }).value = 6;
  histogram.series({ a: "1" }).observe(0.5);
  for (const one of familiesOf(registry)) one.remove({ a: "1", b: "1" });
  const text = await registry.metrics();
  assert.ok(
    !text.includes('b="1"') && text.includes('x_total{a="1",b="2"} 6') && text.includes("h_sum"),
    text,
  );
  assert.equal(family.series({ a: "1", b: "1" }).value, 0);
  for (const one of familiesOf(registry)) one.remove({ a: "1" });
  assert.doesNotMatch(await registry.metrics(), /a="1"/);
});

test("label values are escaped", async () => {
  const registry = new Registry();
  new NumberFamily(registry, "gauge", "x", "Help.").series({ a: 'q"\\\n' });
  assert.ok((await registry.metrics()).includes('x{a="q\\"\\\\\\n"} 0'));
});

test("a histogram's buckets are cumulated, and each value lies in the first bucket whose bound it does not pass", () => {
  const bounds = [1, 2, 5];
  const values = fc.array(
    fc.oneof(fc.constantFrom(0, 1, 2, 5, 6), fc.double({ min: 0, max: 10, noNaN: true })),
  );
  fc.assert(
    fc.property(values, (observed) => {
      const family = new HistogramFamily(new Registry(), "h", "Help.", bounds);
      const series = family.series({});
      for (const value of observed) series.observe(value);
      const samples = family.samples();
      for (const [index, bound] of [...bounds, Number.POSITIVE_INFINITY].entries())
        assert.equal(samples[index]?.value, observed.filter((value) => value <= bound).length);
      assert.equal(samples.at(-1)?.value, observed.length);
    }),
    { seed: 4 },
  );
});
