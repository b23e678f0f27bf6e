import assert from "node:assert/strict";
import { test } from "node:test";
import { renderTable } from "./table.ts";

test("names stand left, figures right, under their headings", () => {
  const rows = [
    { name: "requests", cells: ["9", "1,234"] },
    { name: "p", cells: ["10 ms", "1 s"] },
  ];
  assert.deepEqual(renderTable({ headings: ["a", "roberta"], rows }), [
    "              a  roberta",
    "requests      9    1,234",
    "p         10 ms      1 s",
  ]);
});

test("columns that do not fit go on in a further block with the row names repeated", () => {
  const headings = Array.from({ length: 9 }, (_, index) => `variant-number-${index}`);
  const lines = renderTable({ headings, rows: [{ name: "requests", cells: headings.map(() => "1") }] });
  assert.ok(lines.every((line) => line.length <= 80));
  assert.equal(lines.filter((line) => line.startsWith("requests")).length, 3);
  for (const heading of headings) assert.ok(lines.join("\n").includes(heading));
});

test("a heading of any length leaves the table within its width", () => {
  const lines = renderTable({ headings: ["x".repeat(200)], rows: [{ name: "requests", cells: ["1"] }] });
  assert.ok(lines.every((line) => line.length <= 80));
});

test("a table without columns is empty", () => {
  assert.deepEqual(renderTable({ headings: [], rows: [{ name: "requests", cells: [] }] }), []);
});
