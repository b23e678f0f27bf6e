import assert from "node:assert/strict";
import { test } from "node:test";
import { createMediaTypes } from "./media-type.ts";

const { read } = createMediaTypes();

test("JSON in any spelling is one type, and has no charset", () => {
  for (const spelling of [
    "application/json",
    "Application/JSON",
    "application/json;charset=UTF-8",
    " application/json ; charset=utf-8",
  ])
    assert.deepEqual(read(spelling), { text: "application/json", isJson: true });
  assert.deepEqual(read("application/vnd.api+json; x=1"), { text: "application/vnd.api+json", isJson: true });
});

test("streams of JSON are no JSON document", () => {
  for (const type of [
    "application/x-ndjson",
    "application/json-seq",
    "text/event-stream",
    "application/jsonl",
  ])
    assert.equal(read(type).isJson, false);
});

test("other types keep their parameters, the charset in one spelling", () => {
  assert.equal(read('text/HTML;charset="UTF-8"').text, "text/html; charset=utf-8");
  assert.equal(read("text/html; charset=utf-8").text, "text/html; charset=utf-8");
  assert.equal(read('multipart/x; boundary="a;B"').text, 'multipart/x; boundary="a;B"');
  assert.equal(read("").text, "");
});
