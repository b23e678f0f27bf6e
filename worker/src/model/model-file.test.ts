import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import * as z from "zod";
import { WorkerError } from "../errors.ts";
import { readGraphFile, readJson } from "./model-file.ts";

function file(t: TestContext, content: string | Uint8Array): string {
  const directory = mkdtempSync(join(tmpdir(), "blindsplit-model-file-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, "file");
  writeFileSync(path, content);
  return path;
}

const fails = (promise: Promise<unknown>, code: string, pattern: RegExp) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof WorkerError && error.code === code);
    assert.match(error.message, pattern);
    return true;
  });

test("a graph is named by the SHA-256 of its file, and its size is known", async (t) => {
  // FIPS 180-2, appendix B.1 and B.3
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.deepEqual(await readGraphFile(file(t, "abc")), { sha256: abc, bytes: 3 });
  const million = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
  assert.deepEqual(await readGraphFile(file(t, "a".repeat(1_000_000))), {
    sha256: million,
    bytes: 1_000_000,
  });
});

test("a graph that is not there is named with its path and the remedy", async (t) => {
  const missing = join(file(t, ""), "..", "model_quantized.onnx");
  await fails(readGraphFile(missing), "model_file_missing", /model_quantized\.onnx \(ENOENT\).*dtype/);
});

test("a directory in the place of a graph is refused with its path", async (t) => {
  await fails(readGraphFile(join(file(t, ""), "..")), "model_file_missing", /\(EISDIR\)/);
});

test("a JSON file is read by its schema, every flaw in our own words", async (t) => {
  const schema = z.object({ a: z.string(), b: z.int().positive() });
  assert.deepEqual(await readJson(file(t, '{"a": "x", "b": 1}'), schema), { a: "x", b: 1 });
  const path = file(t, '{"a": 1}');
  await fails(
    readJson(path, schema),
    "model_unsupported",
    /file is not a model file we can use: a: 1 is no text; write one in quotes; b: is missing; add it$/,
  );
  await fails(readJson(file(t, "["), schema), "model_unsupported", /SyntaxError/);
  await fails(readJson(file(t, "[]"), schema), "model_unsupported", /: a list is no mapping; write one$/);
});
