import assert from "node:assert/strict";
import test from "node:test";
import { originForm } from "./target.ts";

test("an absolute-form target loses scheme and authority", () => {
  assert.equal(originForm("http://example.org/a?b"), "/a?b");
  assert.equal(originForm("HTTPS://example.org"), "/");
  assert.equal(originForm("http://example.org?x"), "/?x");
  assert.equal(originForm("/a"), "/a");
  assert.equal(originForm("*"), "*");
});
