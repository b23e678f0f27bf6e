import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Histogram, Registry } from "prom-client";
import { histogram } from "./histogram.ts";

const named = { name: "h", help: "a histogram" };

test("the text is that of prom-client's own histogram, whatever is observed", async () => {
  const bounds = fc
    .uniqueArray(fc.double({ min: -100, max: 100, noNaN: true }), {
      minLength: 1,
      maxLength: 20,
      // -0 and 0 are two values and one bound.
      selector: (value) => value || 0,
    })
    .map((values) => values.map((value) => value || 0).sort((a, b) => a - b));
  // What lies on a bound belongs to its bucket, so bounds are observed too.
  await fc.assert(
    fc.asyncProperty(
      bounds,
      fc.array(fc.double({ min: -200, max: 200, noNaN: true })),
      async (limits, values) => {
        const [ours, theirs] = [new Registry(), new Registry()];
        const one = histogram(ours, named, { model_version: "a" }, limits);
        const other = new Histogram({
          ...named,
          labelNames: ["model_version"],
          buckets: limits,
          registers: [theirs],
        });
        other.zero({ model_version: "a" });
        for (const value of [...values, ...limits]) {
          one.observe(value);
          other.observe({ model_version: "a" }, value);
        }
        assert.equal(await ours.metrics(), await theirs.metrics());
      },
    ),
    { numRuns: 200 },
  );
});

test("a scrape shows one moment, also when more is observed while its text is written", async () => {
  const registry = new Registry();
  const one = histogram(registry, named, {}, [1]);
  one.observe(0.5);
  const text = registry.metrics();
  one.observe(0.5);
  assert.match(await text, /h_bucket\{le="1"\} 1\n.*\} 1\nh_sum 0\.5\nh_count 1\n/);
});
