import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readOptions } from "../../prometheus/src/alertmanager/options.ts";
import { ROOT } from "./docker.ts";

const FILES = ["compose.yaml", "compose.full-size.yaml"];
/** Not for users: a test's own tag and folders, another Telegram, where the drill listens. */
const UNNAMED = ["TAG", "CONFIG_FOLDER", "PROMETHEUS_FOLDER", "TELEGRAM_API", "DRILL_URL"].map(
  (name) => `BLINDSPLIT_${name}`,
);

async function namesIn(file: string, pattern: RegExp): Promise<string[]> {
  const text = await readFile(join(ROOT, "deploy", file), "utf8");
  return [...text.matchAll(pattern)].map(([, name = ""]) => name);
}

async function settings(): Promise<Set<string>> {
  return new Set((await Promise.all(FILES.map((file) => namesIn(file, /\$\{(BLINDSPLIT_\w+)/g)))).flat());
}

test(".env.example names every setting of the compose files, and no other", async () => {
  const named = await namesIn(".env.example", /^(?:# )?(BLINDSPLIT_\w+)=/gm);
  assert.deepEqual(new Set([...named, ...UNNAMED]), await settings());
});

test("everything that tells Alertmanager whom to tell can be set", async () => {
  const usage = readOptions(["--help"]);
  assert.ok("print" in usage);
  const known = [...usage.print.matchAll(/BLINDSPLIT_\w+/g)].map(([name]) => name);
  assert.ok(known.length > 10);
  const all = await settings();
  assert.deepEqual(
    known.filter((name) => !all.has(name)),
    [],
  );
});
