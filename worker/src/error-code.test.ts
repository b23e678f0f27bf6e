import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { codeOf } from "./error-code.ts";

test("an error is named by its code, else by its message, and what is no error in words", () => {
  assert.throws(
    () => readFileSync("/no/such/file"),
    (error) => codeOf(error) === "ENOENT",
  );
  assert.equal(codeOf(new Error("broke off")), "broke off");
  assert.equal(codeOf(Object.assign(new Error("broke off"), { code: undefined })), "broke off");
  assert.equal(codeOf("gone"), "gone");
});
