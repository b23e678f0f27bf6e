import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Gauge, Registry } from "prom-client";
import { ExpositionReader } from "./exposition.ts";
import type { Sample } from "./scrape.ts";

function read(text: string | Buffer, wanted: readonly string[], chunkBytes = 1_000): readonly Sample[] {
  const reader = new ExpositionReader(new Map(wanted.map((name) => [name, undefined])));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) reader.push(bytes.subarray(at, at + chunkBytes));
  return reader.end();
}

test("what prom-client writes is read again, whatever the labels say and wherever the chunks end", async () => {
  const text = fc.string({ unit: "binary", maxLength: 20 });
  const series = fc.record({
    one: text,
    two: text,
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(series, { selector: ({ one, two }) => JSON.stringify([one, two]), maxLength: 10 }),
      fc.integer({ min: 1, max: 50 }),
      async (given, chunkBytes) => {
        const registry = new Registry();
        const gauge = new Gauge({
          name: "wanted",
          help: "One.\nTwo.",
          labelNames: ["one", "two"],
          registers: [registry],
        });
        new Gauge({ name: "other", help: "Another.", registers: [registry] }).set(1);
        for (const { one, two, value } of given) gauge.set({ one, two }, value);
        const expected = given.map(({ one, two, value }) => ({
          name: "wanted",
          labels: { one, two },
          // The text has no negative zero.
          value: value + 0,
        }));
        assert.deepEqual(read(await registry.metrics(), ["wanted"], chunkBytes), expected);
      },
    ),
  );
});

test("nothing that a service says makes it throw", () => {
  const piece = fc.oneof(
    fc.constantFrom("wanted", "{", "}", "=", '"', "\\", ",", " ", "\n", "1", "NaN", "a", "#", "\t"),
    fc.string({ unit: "binary", maxLength: 5 }),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 200 }),
      fc.integer({ min: 1, max: 20 }),
      (pieces, chunkBytes) => {
        for (const { name, value } of read(pieces.join(""), ["wanted"], chunkBytes)) {
          assert.equal(name, "wanted");
          assert.ok(Number.isFinite(value));
        }
      },
    ),
  );
});

test("forms that the format allows are read: blanks, timestamps, a final comma, no final line end", () => {
  const text = 'wanted 1\n  wanted{} 2\nwanted { a = "b" , } +3e1 1700000000\nwanted{a="}"}4';
  assert.deepEqual(read(text, ["wanted"]), [
    { name: "wanted", labels: {}, value: 1 },
    { name: "wanted", labels: {}, value: 2 },
    { name: "wanted", labels: { a: "b" }, value: 30 },
    { name: "wanted", labels: { a: "}" }, value: 4 },
  ]);
});

test("what is no number, no sample or not wanted is left out, and the rest is read", () => {
  const text = [
    "# TYPE wanted gauge",
    "wanted NaN",
    "wanted +Inf",
    "wanted 0x10",
    "wanted 1e999",
    "wanted 1.2.3",
    "wanted",
    'wanted{a="b"',
    "wanted{a=b} 1",
    'wanted{a="b" c="d"} 1',
    "wanted2 1",
    "<html>",
    "wanted 7",
  ].join("\n");
  assert.deepEqual(read(text, ["wanted"]), [{ name: "wanted", labels: {}, value: 7 }]);
});

test("a text beside a name passes over the lines that lack it, and no line of another name", () => {
  const reader = new ExpositionReader(
    new Map([
      ["wanted", 'status="200"'],
      ["other", undefined],
    ]),
  );
  reader.push(Buffer.from('wanted{status="200"} 1\nwanted{status="503"} 2\nother{status="503"} 3\n'));
  assert.equal(reader.samples, 2);
  assert.deepEqual(
    reader.end().map(({ value }) => value),
    [1, 3],
  );
});

test("a line that is too long is passed over, however it arrives, and does not take the next one along", () => {
  const text = `wanted{a="${"x".repeat(100_000)}"} 1\nwanted 2\n`;
  for (const chunkBytes of [7, 1_000, 1_000_000])
    assert.deepEqual(read(text, ["wanted"], chunkBytes), [{ name: "wanted", labels: {}, value: 2 }]);
});

test("lines that are made to be hard to read take no longer than others", () => {
  const hard = [
    `wanted{${"}1 ".repeat(5_000)}`,
    `wanted{${'a="\\'.repeat(4_000)}`,
    `wanted{}1${" ".repeat(16_000)}x y`,
    `wanted{a="${"\\\\".repeat(8_000)}`,
  ];
  // Quadratic reading of these would take minutes, and the suite's deadline would end it.
  for (let round = 0; round < 200; round++) assert.deepEqual(read(hard.join("\n"), ["wanted"]), []);
});
