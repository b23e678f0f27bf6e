import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

const FUZZ = join(import.meta.dirname, "../fuzz/requests.ts");
const REQUESTS = 3_000;
const SEED = 6;
const LIMIT_MS = 100_000;

interface Handles {
  readonly series: number;
}

test(`${REQUESTS} broken requests make no series in /metrics, and leave nothing open`, (t) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [FUZZ, String(REQUESTS), String(SEED)], {
    encoding: "utf8",
    timeout: LIMIT_MS,
  });
  assert.equal(status, 0, `seed ${SEED}\n${stdout}\n${stderr}`);
  const [, before = "{}", after = "{}"] = /^handles before (\{.*\}), after (\{.*\})$/m.exec(stdout) ?? [];
  const series = [before, after].map((text) => (JSON.parse(text) as Handles).series);
  assert.ok((series[0] ?? 0) > 1_000, stdout);
  assert.equal(series[1], series[0]);
  t.diagnostic(stdout.trimEnd());
});
