import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type StandinWorkerOptions, startStandinWorker } from "./standin/worker.ts";

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function evaluate(...args: string[]): Promise<Ended> {
  const main = join(import.meta.dirname, "main.ts");
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

async function setUp(t: TestContext, options: StandinWorkerOptions) {
  const folder = await mkdtemp(join(tmpdir(), "evaluate-"));
  t.after(() => rm(folder, { recursive: true }));
  const data = join(folder, "data.tsv");
  await writeFile(data, "negative\tbad\nneutral\tplain\npositive\tgood\n");
  const worker = await startStandinWorker(options);
  t.after(worker.stop);
  return { folder, data, url: worker.url };
}

test("a complete evaluation ends with 0, a report without colours in a pipe, and the same as JSON", async (t) => {
  const { data, url, folder } = await setUp(t, { answer: () => "positive" });
  const json = join(folder, "result.json");
  const { code, stdout, stderr } = await evaluate("--data", data, "--url", url, "--json", json);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /accuracy {6}33\.3 %/);
  assert.ok(!stdout.includes("\u001b"));
  const result = JSON.parse(await readFile(json, "utf8"));
  assert.equal(result.scores.all.accuracy, 1 / 3);
  assert.deepEqual(result.missingLabels, ["neutral"]);
});

test("with --model a worker is started from the directory, measured and stopped", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "evaluate-"));
  t.after(() => rm(folder, { recursive: true }));
  const data = join(folder, "data.tsv");
  const json = join(folder, "result.json");
  await writeFile(
    data,
    [
      "positive\tWhat a wonderful evening, we loved every minute of it.",
      "positive\tThe best soup I have ever had.",
      "negative\tA dull, lifeless film that bored us all.",
      "negative\tThe worst service in town, I want my money back.",
    ].join("\n"),
  );
  const model = join(import.meta.dirname, "../models/distilbert-mini-sst2");
  const file = join(folder, "baseline.json");
  const args = ["--data", data, "--model", model, "--json", json, "--baseline", file];
  const { code, stderr } = await evaluate(...args);
  assert.equal(code, 0, stderr);
  const baseline = JSON.parse(await readFile(file, "utf8"));
  assert.deepEqual([baseline.samples, baseline.labels], [4, { negative: 0.5, positive: 0.5 }]);
  const { answered, worker, inference, scores } = JSON.parse(await readFile(json, "utf8"));
  assert.deepEqual([answered, inference.count], [4, 4]);
  assert.deepEqual(worker.labels, ["negative", "positive"]);
  assert.equal(scores.all.accuracy, 1);
});

test("one text without a prediction makes the exit code 1", async (t) => {
  const { data, url } = await setUp(t, { answer: (text) => (text === "bad" ? { status: 500 } : "positive") });
  const { code, stdout } = await evaluate("--data", data, "--url", url);
  assert.equal(code, 1);
  assert.match(stdout, /1 of 3 texts got no prediction: 1 × HTTP 500/);
});

test("an address without /predict is no worker, which is one line and exit code 1", async (t) => {
  const { data, url } = await setUp(t, { answer: () => ({ status: 404 }) });
  const { code, stdout, stderr } = await evaluate("--data", data, "--url", url);
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /^evaluate: http:\S+ is not a worker: it answers 404 to \/predict; .*--url.*\n$/);
});

test("a result that cannot be written is said after the report, with exit code 1", async (t) => {
  const { data, url } = await setUp(t, { answer: () => "positive" });
  const { code, stdout, stderr } = await evaluate("--data", data, "--url", url, "--json", "/nowhere/x.json");
  assert.equal(code, 1);
  assert.match(stdout, /accuracy/);
  assert.equal(stderr, "evaluate: cannot write /nowhere/x.json (ENOENT): check the path given to --json\n");
});

test("wrong options end with 2 and one line, --help with 0", async () => {
  const wrong = await evaluate("--limit", "3");
  assert.equal(wrong.code, 2);
  assert.equal(wrong.stderr.trim().split("\n").length, 1);
  const help = await evaluate("--help");
  assert.equal(help.code, 0);
  assert.match(help.stdout, /--concurrency N/);
});
