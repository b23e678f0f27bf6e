import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readOrMakeSecret } from "./secret-file.ts";

test("a secret is made once, for its owner alone, and is the same at the next start", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "blindsplit-secret-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "inner/outcome-secret");
  const secret = readOrMakeSecret(file);
  assert.match(secret, /^[\w-]{43}$/);
  assert.equal(readOrMakeSecret(file), secret);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.notEqual(readOrMakeSecret(join(folder, "other")), secret);
});

test("a secret file that was cut off, or is a folder, is named with what to do", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "blindsplit-secret-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "short"), "abc");
  assert.throws(() => readOrMakeSecret(join(folder, "short")), /holds 3 characters.*remove it/);
  assert.throws(() => readOrMakeSecret(folder), /cannot be read \(EISDIR\): remove it/);
});
