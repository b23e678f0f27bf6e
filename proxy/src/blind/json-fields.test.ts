import assert from "node:assert/strict";
import { test } from "node:test";
import { createFieldFilter } from "./json-fields.ts";

const filter = createFieldFilter(["predictions", "label", "score"]);
const filtered = (text: string) => filter(Buffer.from(text))?.toString();

test("only listed fields leave, at every depth and in the order of the list", () => {
  assert.equal(
    filtered('{"model":"roberta","score":0.5,"label":"positive","took":3}'),
    '{"label":"positive","score":0.5}',
  );
  assert.equal(
    filtered('{"predictions":[{"score":1,"label":"a","model":"x"},{"label":"b"}],"version":{"label":"x"}}'),
    '{"predictions":[{"label":"a","score":1},{"label":"b"}]}',
  );
});

test("values that are no objects pass", () => {
  for (const text of ["1", "null", "[1,[2]]", "12345678901234567890"]) assert.equal(filtered(text), text);
});

test("a number has one spelling", () => {
  assert.equal(filtered("[1.0,1e2,0.50]"), "[1,100,0.5]");
});

test("what is no JSON, or words without a field, does not pass", () => {
  for (const text of ["", "<html>", '{"label":', "roberta", '"roberta"'])
    assert.equal(filtered(text), undefined);
});

test("names that objects have by themselves are no fields", () => {
  assert.equal(createFieldFilter(["constructor", "__proto__"])(Buffer.from("{}"))?.toString(), "{}");
});
