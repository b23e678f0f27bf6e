import assert from "node:assert/strict";
import { test } from "node:test";
import { httpUrl, readFlags, wholeNumber } from "./arguments.ts";

test("an unknown flag, a missing value and a positional are usage errors with exit code 2", () => {
  for (const argv of [["--nope"], ["--url"], ["extra"]]) {
    assert.throws(() => readFlags(argv, { url: { type: "string" } }), { code: "usage", exitCode: 2 });
  }
});

test("a number outside its limits is refused with the limits in the message", () => {
  assert.equal(wholeNumber("limit", "7", 1, 10), 7);
  for (const value of ["0", "11", "-1", "1.5", "1e1", "", "x", " 3"]) {
    assert.throws(() => wholeNumber("limit", value, 1, 10), /--limit must be a whole number from 1 to 10/);
  }
});

test("an address keeps its path prefix and loses its trailing slash", () => {
  assert.equal(httpUrl("url", "http://127.0.0.1:8101/"), "http://127.0.0.1:8101");
  assert.equal(httpUrl("url", "https://models.example/v1/b//"), "https://models.example/v1/b");
});

test("an address without http, with a user or with a query is refused", () => {
  for (const value of [
    "127.0.0.1:8101",
    "localhost:8101",
    "ftp://x",
    "",
    "http://u:p@x",
    "http://x/?a=1",
    "http://x/#a",
  ]) {
    assert.throws(() => httpUrl("url", value), { code: "usage" });
  }
});
