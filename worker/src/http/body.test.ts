import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { WorkerError } from "../errors.ts";
import { checkMediaType, parseJson } from "./body.ts";

function withHeaders(headers: Record<string, string>): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  Object.assign(request.headers, headers);
  return request;
}

for (const type of [
  "application/json",
  "Application/JSON; charset=UTF-8",
  'application/json;charset="utf-8"',
  "application/vnd.api+json",
]) {
  test(`content type ${type} is accepted`, () => checkMediaType(withHeaders({ "content-type": type })));
}

test("a request without content type is taken for JSON", () => checkMediaType(withHeaders({})));

for (const headers of [
  { "content-type": "application/x-www-form-urlencoded" },
  { "content-type": "text/plain" },
  { "content-type": "application/json; charset=iso-8859-1" },
  { "content-type": "application/jsonp" },
  { "content-type": "" },
  { "content-type": "application/json", "content-encoding": "gzip" },
]) {
  test(`${JSON.stringify(headers)} is refused with the remedy`, () => {
    assert.throws(
      () => checkMediaType(withHeaders(headers)),
      (error) => error instanceof WorkerError && error.status === 415 && /send /.test(error.message),
    );
  });
}

const LIMIT_TEXTS = 128;
const parse = (body: string | Buffer) => parseJson(Buffer.from(body), LIMIT_TEXTS);
const codeOf = (body: string | Buffer) => {
  try {
    parse(body);
    return "parsed";
  } catch (error) {
    return error instanceof WorkerError ? error.code : String(error);
  }
};

test("bytes that are no UTF-8 are refused, and never replaced by guesses", () => {
  for (const hex of ["ff", "c3", "c0af", "eda080", "f4908080", "22c328220a"]) {
    assert.equal(codeOf(Buffer.from(hex, "hex")), "invalid_utf8", hex);
  }
});

test("a byte order mark in front of the JSON does no harm", () => {
  assert.deepEqual(parse('\ufeff{"text":"a"}'), { text: "a" });
});

test("any bytes are parsed or refused with a code", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      assert.match(codeOf(Buffer.from(bytes)), /^(parsed|invalid_utf8|invalid_json)$/);
    }),
  );
});

test("any JSON of little depth is parsed to what it says", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
      assert.deepEqual(parse(JSON.stringify(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("a mebibyte of brackets is refused without being parsed", () => {
  assert.equal(codeOf(Buffer.alloc(1024 * 1024, "[")), "invalid_json");
  assert.equal(codeOf(Buffer.from(`{"text":${"[".repeat(20)}${"]".repeat(20)}}`)), "invalid_json");
});

test("brackets inside of strings do not count as nesting", () => {
  const text = '[[[[[[[[[[[[[[[[[[[[{{{{{{\\"';
  assert.deepEqual(parse(JSON.stringify({ text })), { text });
});

const repeat = (unit: string) =>
  Array.from({ length: 100_000 }, (_, at) => unit.replace("#", String(at))).join();
for (const [what, body, code] of [
  ["short texts", `{"texts":[${repeat('"a"')}]}`, "too_many_texts"],
  ["objects in the list of texts", `{"texts":[${repeat('{"#":1}')}]}`, "too_many_texts"],
  ["different fields", `{"text":"a",${repeat('"#":1')}}`, "invalid_request"],
  ["objects in a foreign field", `{"text":"a","b":{"c":[${repeat("{}")}]}}`, "invalid_request"],
] as const) {
  test(`100,000 ${what} are refused without being parsed: ${code}`, () => {
    assert.equal(codeOf(body), code);
    // Not looked at by the parser: it would say that this is no JSON.
    assert.equal(codeOf(`${body}!`), code);
  });
}

test("the number of texts is said exactly, however many there are", () => {
  assert.throws(() => parse(`{"texts":[${repeat('"a,a"')}]}`), /100000 texts in one request, at most 128/);
});

test("a few hundred foreign fields are parsed", () => {
  const body = Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`field${at}`, at]));
  assert.deepEqual(parse(JSON.stringify(body)), body);
});
