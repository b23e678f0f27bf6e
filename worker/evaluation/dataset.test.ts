import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDataset, type Row, takeEvenly } from "./dataset.ts";

test("labels are lower-cased, texts keep their inner tabs, lines keep their numbers", () => {
  assert.deepEqual(parseDataset("label\ttext\nPositive\tgood\tday\r\n\nnegative\t bad \n", "x.tsv"), [
    { line: 2, label: "positive", text: "good\tday" },
    { line: 4, label: "negative", text: "bad" },
  ]);
});

test("a file without the heading loses no line, a byte order mark is no part of a label", () => {
  assert.deepEqual(parseDataset("\uFEFFneutral\tfine", "x.tsv"), [
    { line: 1, label: "neutral", text: "fine" },
  ]);
});

test("each kind of malformed line is named with file, line and remedy", () => {
  assert.throws(
    () => parseDataset("neutral\tfine\nno tab here", "x.tsv"),
    /x\.tsv:2 has no tab; each line must be label<TAB>text/,
  );
  assert.throws(() => parseDataset("neutral\tfine\n\ttext", "x.tsv"), /x\.tsv:2 has no label before the tab/);
  assert.throws(
    () => parseDataset("neutral\t  ", "x.tsv"),
    /x\.tsv:1 has no text after the tab; remove the line/,
  );
});

test("a file without a text is an error, heading or not", () => {
  for (const content of ["", "\n\n", "label\ttext\n"]) {
    assert.throws(() => parseDataset(content, "x.tsv"), { code: "data_empty" });
  }
});

test("a limited choice has the right size, is spread over the file and is always the same", () => {
  const rows = Array.from(
    { length: 97 },
    (_, line): Row => ({ line, label: line < 50 ? "a" : "b", text: "t" }),
  );
  for (let limit = 1; limit <= 97; limit += 1) assert.equal(takeEvenly(rows, limit).length, limit);
  const ten = takeEvenly(rows, 10);
  assert.deepEqual(ten, takeEvenly(rows, 10));
  assert.equal(ten.filter((row) => row.label === "a").length, 6);
  assert.equal(takeEvenly(rows, undefined).length, 97);
  assert.equal(takeEvenly(rows, 1000).length, 97);
});
