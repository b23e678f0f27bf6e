import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { startStandinWorker } from "../../../worker/evaluation/standin/worker.ts";
import { startStandinGateway } from "./standin/gateway.ts";

function demo(
  ...args: string[]
): Promise<{ code: number | string | null | undefined; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, "main.ts"), ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

test("the demo prints both variants and ends with 0; with a failed request it ends with 1", async (t) => {
  const a = await startStandinWorker({ name: "a", answer: () => "positive" });
  t.after(a.stop);
  const b = await startStandinWorker({ name: "b", answer: () => "negative", inferenceSeconds: 0.003 });
  t.after(b.stop);
  const variants = [a, b].map(({ url }, index) => ({ name: "ab"[index] ?? "", weight: 50, url }));
  const gateway = await startStandinGateway({ variants, refuse: (call) => (call === 100 ? 503 : undefined) });
  t.after(gateway.stop);
  const args = ["--url", gateway.url, "--admin", gateway.admin, "--users", "20", "--requests", "100"];
  const first = await demo(...args);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /b is 50 % slower than a/);
  assert.ok(!first.stdout.includes("\u001b"));
  const second = await demo(...args);
  assert.equal(second.code, 1);
  assert.match(second.stdout, /Failed requests: 1 \(1 × HTTP 503\)/);
});

test("without a gateway there is one line and exit code 1, with wrong options 2", async () => {
  const nobody = await demo("--admin", "http://127.0.0.1:1");
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /^demo: .*npm start.*\n$/);
  assert.equal((await demo("--users", "many")).code, 2);
  assert.match((await demo("--help")).stdout, /--concurrency N/);
});
