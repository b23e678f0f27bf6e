import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AnswerReader } from "./answer-reader.ts";

const JSON_TYPE = { "content-type": "application/json" };

function read(headers: Record<string, string | string[]>, ...chunks: string[]) {
  const reader = new AnswerReader(headers);
  for (const chunk of chunks) reader.read(Buffer.from(chunk));
  return reader.prediction();
}

test("the header wins over the body", () => {
  const headers = { ...JSON_TYPE, "x-blindsplit-prediction": "positive;0.9" };
  assert.deepEqual(read(headers, '{"label":"negative"}'), { label: "positive", score: 0.9 });
});

test("without a usable header the label of a JSON body counts, whatever its pieces, in lower case", () => {
  for (const headers of [
    JSON_TYPE,
    { "content-type": "Application/vnd.models+json; charset=utf-8", "content-encoding": "identity" },
    { ...JSON_TYPE, "x-blindsplit-prediction": "%ff;1" },
    { ...JSON_TYPE, "x-blindsplit-prediction": ["a;1", "b;1"] },
  ])
    assert.deepEqual(read(headers, '{"lab', 'el":"Positive","score":', "0.5}"), {
      label: "positive",
      score: 0.5,
    });
  assert.deepEqual(read(JSON_TYPE, '{"label":"a"}'), { label: "a", score: Number.NaN });
});

test("a body that says no single label predicts nothing", () => {
  for (const body of ["", "{", "[]", "null", "3", '"label"', "{}", '{"label":""}', '{"label":["a"]}'])
    assert.equal(read(JSON_TYPE, body), undefined, body);
  assert.equal(read({ "content-type": "text/plain" }, '{"label":"a"}'), undefined);
  assert.equal(read({}, '{"label":"a"}'), undefined);
  assert.equal(read({ ...JSON_TYPE, "content-encoding": "gzip" }, '{"label":"a"}'), undefined);
});

test("a long body is not kept", () => {
  const body = JSON.stringify({ label: "a", text: "x".repeat(20_000) });
  assert.equal(read(JSON_TYPE, body), undefined);
  assert.equal(read(JSON_TYPE, ...(body.match(/.{1,100}/g) ?? [])), undefined);
});

test("no body and no header makes it throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (header, body) => {
      read({ ...JSON_TYPE, "x-blindsplit-prediction": header }, body);
    }),
  );
});
