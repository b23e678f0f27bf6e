import assert from "node:assert/strict";
import { test } from "node:test";
import { type Sample, Scrape } from "./scrape.ts";

const sample = (name: string, labels: Record<string, string>, value: number): Sample => ({
  name,
  labels,
  value,
});

test("series are summed by name and labels; what is not there is undefined, not 0", () => {
  const scrape = new Scrape([
    sample("a", { x: "1", y: "1" }, 1),
    sample("a", { x: "1", y: "2" }, 2),
    sample("a", { x: "2", y: "2" }, 4),
    sample("b", {}, 8),
  ]);
  assert.equal(scrape.sum("a"), 7);
  assert.equal(scrape.sum("a", { x: "1" }), 3);
  assert.equal(scrape.sum("a", { x: "3" }), undefined);
  assert.equal(scrape.sum("c"), undefined);
  assert.deepEqual(Object.fromEntries(scrape.sumBy("y", "a")), { 1: 1, 2: 6 });
});

test("a histogram is read in the order of its bounds, over all series that match", () => {
  const buckets = (labels: Record<string, string>, counts: readonly number[]) => [
    sample("h_bucket", { ...labels, le: "+Inf" }, counts[2] ?? 0),
    sample("h_bucket", { ...labels, le: "0.1" }, counts[0] ?? 0),
    sample("h_bucket", { ...labels, le: "1.0" }, counts[1] ?? 0),
    sample("h_sum", labels, 10),
  ];
  const scrape = new Scrape([...buckets({ x: "1" }, [1, 2, 3]), ...buckets({ x: "2" }, [0, 0, 5])]);
  assert.deepEqual(scrape.histogram("h"), { bounds: [0.1, 1], cumulated: [1, 2, 8], sum: 20 });
  assert.deepEqual(scrape.histogram("h", { x: "2" }), { bounds: [0.1, 1], cumulated: [0, 0, 5], sum: 10 });
});

test("what is no histogram is undefined: no +Inf, no sum, counts that fall", () => {
  const of = (...buckets: readonly [string, number][]) =>
    new Scrape([...buckets.map(([le, count]) => sample("h_bucket", { le }, count)), sample("h_sum", {}, 1)]);
  assert.equal(of(["1", 1]).histogram("h"), undefined);
  assert.equal(of(["1", 2], ["+Inf", 1]).histogram("h"), undefined);
  assert.equal(new Scrape([sample("h_bucket", { le: "+Inf" }, 1)]).histogram("h"), undefined);
  assert.equal(of(["x", 2], ["+Inf", 1]).histogram("h")?.cumulated.length, 1);
});

test("a service with too many values of one label is not all kept", () => {
  const scrape = new Scrape(
    Array.from({ length: 1_000 }, (_, index) =>
      sample("a", { x: "y".repeat(index === 0 ? 101 : 1) + index }, 1),
    ),
  );
  assert.equal(scrape.sumBy("x", "a").size, 100);
  assert.ok([...scrape.sumBy("x", "a").keys()].every((value) => value.length <= 100));
});

test("labels with the names of an object's own parts are labels like any other", () => {
  const scrape = new Scrape([sample("a", { x: "__proto__" }, 1), sample("a", { x: "constructor" }, 2)]);
  assert.equal(JSON.stringify(Object.fromEntries(scrape.sumBy("x", "a"))), '{"__proto__":1,"constructor":2}');
});
