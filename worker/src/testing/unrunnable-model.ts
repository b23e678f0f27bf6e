import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { DISTILBERT } from "./running-app.ts";

/** A text on which the session of `unrunnableModel` throws; every other text it answers. */
export const UNRUNNABLE = "unrunnable";

/** A real model that loads and warms up, and whose vocabulary has one token for which the graph has no embedding. */
export function unrunnableModel(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "blindsplit-unrunnable-"));
  t.after(() => rmSync(directory, { recursive: true }));
  cpSync(DISTILBERT, directory, { recursive: true });
  const path = join(directory, "tokenizer.json");
  const definition = JSON.parse(readFileSync(path, "utf8"));
  definition.model.vocab[UNRUNNABLE] = 1_000_000;
  writeFileSync(path, JSON.stringify(definition));
  return directory;
}
