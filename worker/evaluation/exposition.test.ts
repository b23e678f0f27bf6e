import assert from "node:assert/strict";
import { test } from "node:test";
import { Counter, Histogram, Registry } from "prom-client";
import { increase, parseExposition, samplesOf } from "./exposition.ts";

const only = (text: string, name: string) => {
  const [sample] = samplesOf(parseExposition(text), name);
  assert.ok(sample);
  return sample;
};

test("what prom-client writes is read back, values and labels", async () => {
  const registry = new Registry();
  const counter = new Counter({ name: "c_total", help: "h", labelNames: ["a"], registers: [registry] });
  const odd = 'quote " backslash \\ newline \n brace } comma , equals =';
  counter.inc({ a: odd }, 3);
  const histogram = new Histogram({ name: "h_seconds", help: "h", buckets: [0.1, 5], registers: [registry] });
  histogram.observe(0.05);
  const scrape = parseExposition(await registry.metrics());
  assert.equal(samplesOf(scrape, "c_total")[0]?.labels.get("a"), odd);
  assert.equal(samplesOf(scrape, "c_total")[0]?.value, 3);
  assert.deepEqual(
    samplesOf(scrape, "h_seconds_bucket").map((sample) => [sample.labels.get("le"), sample.value]),
    [
      ["0.1", 1],
      ["5", 1],
      ["+Inf", 1],
    ],
  );
});

test("spaces, a trailing comma, a time stamp and CRLF are part of the format", () => {
  const sample = only(
    '  http_requests_total { method = "post" , code="200", }   1027  1395066363000\r\n',
    "http_requests_total",
  );
  assert.deepEqual(
    [...sample.labels],
    [
      ["method", "post"],
      ["code", "200"],
    ],
  );
  assert.equal(sample.value, 1027);
});

test("special values and exponents are numbers", () => {
  const values: [string, number][] = [
    ["+Inf", Infinity],
    ["-Inf", -Infinity],
    ["NaN", Number.NaN],
    ["1.5e-07", 1.5e-7],
  ];
  for (const [text, value] of values) assert.ok(Object.is(only(`x ${text}`, "x").value, value), text);
});

test("a line that is no sample is an error with its number", () => {
  for (const line of ["<html>", "x", 'x{a="1" 2', "x{a=1} 2", "x two", 'x{a="1" b="2"} 3', "1x 2"]) {
    assert.throws(() => parseExposition(`# HELP x\nok 1\n${line}`), /line 3 is no Prometheus sample/, line);
  }
});

test("the increase is the difference per series, and all of a new series", () => {
  const before = parseExposition('c{a="1",b="2"} 10');
  const after = parseExposition('c{b="2",a="1"} 25\nc{a="9"} 4');
  assert.deepEqual(
    samplesOf(increase(before, after), "c").map((sample) => sample.value),
    [15, 4],
  );
});

test("a counter that went down was reset: everything it shows is new", () => {
  const grown = increase(parseExposition("c 100"), parseExposition("c 7"));
  assert.equal(samplesOf(grown, "c")[0]?.value, 7);
});
