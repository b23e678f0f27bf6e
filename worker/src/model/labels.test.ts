import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkerError } from "../errors.ts";
import { readLabels } from "./labels.ts";

test("labels are the model's own in the order of its logits, in lower case", () => {
  const labels = readLabels({ "1": "POSITIVE", "0": "NEGATIVE" }, {});
  assert.deepEqual(labels, { canonical: ["negative", "positive"], raw: ["NEGATIVE", "POSITIVE"] });
});

test("raw labels can be renamed, and the new names are taken as they are written", () => {
  const labels = readLabels({ "0": "LABEL_0", "1": "LABEL_1" }, { LABEL_0: "Negative", LABEL_1: "positive" });
  assert.deepEqual(labels.canonical, ["Negative", "positive"]);
});

test("a raw label called like something every object has is a label like others", () => {
  const labels = readLabels({ "0": "constructor", "1": "toString" }, {});
  assert.deepEqual(labels.canonical, ["constructor", "tostring"]);
});

const FLAWS: readonly (readonly [string, Record<string, string>, Record<string, string>, RegExp])[] = [
  ["a gap in the numbering", { "0": "a", "2": "b" }, {}, /none for index 1/],
  ["a single label, as a regression has", { "0": "LABEL_0" }, {}, /1 label\(s\)/],
  ["a renaming of a label that is not there", { "0": "a", "1": "b" }, { c: "d" }, /"c".*"a", "b"/],
  ["two labels of one name", { "0": "Good", "1": "good" }, {}, /"good", "good".*option labels/],
  ["the label none, which means no prediction", { "0": "none", "1": "b" }, {}, /"none"/],
  ["an empty label", { "0": " ", "1": "b" }, {}, /not usable/],
];
for (const [flaw, id2label, overrides, pattern] of FLAWS) {
  test(`${flaw} is refused`, () => {
    assert.throws(
      () => readLabels(id2label, overrides),
      (error) =>
        error instanceof WorkerError && error.code === "model_unsupported" && pattern.test(error.message),
    );
  });
}
