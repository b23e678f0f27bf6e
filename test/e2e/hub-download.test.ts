import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { until } from "../../worker/src/testing/until.ts";
import { HubServer } from "../support/hub.ts";
import { GRAPH, hubEnvironment, temporaryDirectory } from "../support/hub-download.ts";
import type { HubFault } from "../support/hub-sending.ts";

/*
 * Real workers that get the bundled model from a hub of this machine. The hub counts every byte that it sends: what
 * was resumed, and what was fetched twice, is read there and not believed of the worker.
 */

const ROOT = join(import.meta.dirname, "../..");
const MODEL = join(ROOT, "worker/models/distilbert-mini-sst2");
const ID = "acme/distilbert-mini";
const FILES = ["config.json", "tokenizer.json", "tokenizer_config.json", GRAPH];

interface RunningWorker {
  readonly child: ChildProcess;
  /** Exit code or signal, once it has ended. */
  readonly ended: Promise<unknown>;
  readonly stderr: Promise<string>;
  lines(): Record<string, unknown>[];
  /** Resolves to the port when the worker is ready; rejects when it ends before. */
  readonly ready: Promise<number>;
}

function startProcess(
  t: TestContext,
  argv: readonly string[],
  environment: Record<string, string>,
): RunningWorker {
  const child = spawn(process.execPath, argv, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  let written = "";
  child.stdout.on("data", (chunk: Buffer) => {
    written += chunk;
  });
  const lines = () =>
    written
      .split("\n")
      .slice(0, -1)
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const ended = once(child, "exit").then(([code, signal]) => code ?? signal);
  const stderr = readAll(child.stderr);
  const portOf = () => lines().find(({ msg }) => msg === "ready")?.port;
  const isReady = until(() => portOf() !== undefined || child.exitCode !== null).then(async () => {
    if (portOf() === undefined) throw new Error(`the worker ended: ${await stderr}`);
    return Number(portOf());
  });
  isReady.catch(() => {});
  return { child, ended, stderr, lines, ready: isReady };
}

async function startHub(t: TestContext) {
  const hub = await HubServer.start(t);
  const { commit, files } = hub.addDirectory(ID, MODEL);
  const cacheDirectory = temporaryDirectory(t, "hub");
  const environment = hubEnvironment(hub.url, cacheDirectory);
  return {
    hub,
    cacheDirectory,
    environment,
    directory: join(cacheDirectory, ID, commit),
    graphBytes: files.get(GRAPH)?.length ?? 0,
    worker: (...more: string[]) =>
      startProcess(
        t,
        [
          join(ROOT, "worker/src/main.ts"),
          ...["--name", "m", "--model", ID, "--model-cache", cacheDirectory, "--port", "0", ...more],
        ],
        environment,
      ),
  };
}

async function predicts(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: "what a lovely day" }),
  });
  assert.equal(response.status, 200);
  assert.match(await response.text(), /"label":"positive"/);
}

test("two workers at once on one empty cache: both become ready, and each file is downloaded once", async (t) => {
  const { hub, worker } = await startHub(t);
  const slow: HubFault = { host: "cdn", path: GRAPH, bytesPerSecond: 200_000 };
  hub.faults.push(slow);
  const workers = [worker(), worker()];
  const said = () => workers.flatMap(({ lines }) => lines());
  const waits = () => said().filter(({ msg }) => /another process downloads/.test(String(msg)));
  await until(() => waits().length > 0);
  slow.bytesPerSecond = undefined;
  for (const { ready } of workers) await predicts(await ready);
  for (const file of FILES) assert.equal(hub.downloads(file).length, 1, file);
  const bytes = FILES.map((file) => hub.downloads(file).reduce((sum, seen) => sum + seen.bytes, 0));
  t.diagnostic(
    `two workers: each of ${FILES.length} files sent once, ${bytes.reduce((a, b) => a + b)} bytes in all; "${waits()[0]?.msg}"`,
  );
});

test("a worker that is killed half way leaves no file under its final name, and the next one goes on where it was", async (t) => {
  const { hub, worker, directory, graphBytes } = await startHub(t);
  hub.faults.push({ host: "cdn", path: GRAPH, bytesPerSecond: 4_000_000, times: 1 });
  const first = worker();
  await until(() => (hub.downloads(GRAPH)[0]?.bytes ?? 0) > graphBytes / 2);
  first.child.kill("SIGKILL");
  assert.equal(await first.ended, "SIGKILL");
  assert.deepEqual(
    new Set(readdirSync(join(directory, "onnx"))),
    new Set(["model_quantized.onnx.partial", "model_quantized.onnx.partial.json"]),
  );

  const second = worker();
  await predicts(await second.ready);
  const resumed = Number(
    second.lines().find(({ msg }) => /going on with a download/.test(String(msg)))?.resumedBytes,
  );
  const [, rest, ...others] = hub.downloads(GRAPH);
  assert.equal(others.length, 0);
  assert.equal(rest?.range, `bytes=${resumed}-`);
  assert.equal(rest?.bytes, graphBytes - resumed);
  assert.ok(resumed > 0 && resumed < graphBytes);
  t.diagnostic(
    `killed and started again: ${resumed} of ${graphBytes} bytes were kept, ${rest?.bytes} were sent`,
  );
});

test("a worker that waits takes over from one that is killed", async (t) => {
  const { hub, worker, graphBytes } = await startHub(t);
  hub.faults.push({ host: "cdn", path: GRAPH, bytesPerSecond: 200_000, times: 1 });
  const first = worker();
  await until(() => (hub.downloads(GRAPH)[0]?.bytes ?? 0) > 0);
  const second = worker();
  await until(() => second.lines().some(({ msg }) => /another process downloads/.test(String(msg))));
  first.child.kill("SIGKILL");
  await predicts(await second.ready);
  const [, rest] = hub.downloads(GRAPH);
  assert.ok((rest?.bytes ?? graphBytes) < graphBytes);
  t.diagnostic(`a waiting worker took over from a killed one: ${rest?.range} and ${rest?.bytes} bytes`);
});

test("SIGTERM during a download ends a worker in order, with exit code 0", async (t) => {
  const { hub, worker } = await startHub(t);
  hub.faults.push({ host: "cdn", path: GRAPH, stallAfterBytes: 1_000_000 });
  const { child, ended } = worker();
  await until(() => (hub.downloads(GRAPH)[0]?.bytes ?? 0) >= 1_000_000);
  child.kill("SIGTERM");
  assert.equal(await ended, 0);
});

test("wrong bytes from the hub end a worker with exit code 1 and one line that says what to do", async (t) => {
  const { hub, worker } = await startHub(t);
  hub.faults.push({ host: "cdn", path: GRAPH, wrongBytes: true });
  const { ended, stderr } = worker();
  assert.equal(await ended, 1);
  const said = await stderr;
  assert.match(
    said,
    /^blindsplit worker: onnx\/model_quantized\.onnx of acme\/distilbert-mini came wrong 2 times[^\n]*\n$/,
  );
  assert.equal(hub.downloads(GRAPH).length, 2);
  t.diagnostic(`wrong hash: ${said.trim()}`);
});

test("too many requests: a worker waits as it is asked to, and becomes ready", async (t) => {
  const { hub, worker } = await startHub(t);
  hub.faults.push({ path: "/api/models", status: 429, headers: { "retry-after": "1" }, times: 1 });
  const { ready, lines } = worker();
  await predicts(await ready);
  const wait = lines().find(({ level, msg }) => level === "warn" && /\(429\)/.test(String(msg)));
  assert.equal(wait?.pauseMs, 1000);
  t.diagnostic(`429: ${wait?.msg}`);
});

test("model:lock records a model, and a worker that has it starts offline with every file checked", async (t) => {
  const { hub, worker, environment, cacheDirectory, directory } = await startHub(t);
  const lockFile = join(cacheDirectory, "models.lock.json");
  const locking = startProcess(
    t,
    [join(ROOT, "worker/src/hub/main.ts"), ID, "--lock", lockFile, "--cache", cacheDirectory],
    environment,
  );
  assert.equal(await locking.ended, 0, await locking.stderr);
  await hub.stop();
  const { ready, lines } = worker("--model-lock", lockFile, "--offline", "true");
  await predicts(await ready);
  assert.ok(!lines().some(({ level }) => level === "warn"));
  assert.ok(readdirSync(directory).includes("config.json"));
});

test("model:lock says what is wrong, with exit code 2 for options and 1 for the rest", async (t) => {
  const { environment, cacheDirectory } = await startHub(t);
  const run = (...argv: string[]) =>
    startProcess(t, [join(ROOT, "worker/src/hub/main.ts"), "--cache", cacheDirectory, ...argv], environment);
  const help = run("--help");
  assert.equal(await help.ended, 0);
  const wrong = run("--dtype", "x", ID);
  assert.equal(await wrong.ended, 2);
  assert.match(await wrong.stderr, /^model:lock: --dtype is "x"; write one of/);
  const missing = run("acme/nothing", "--lock", join(cacheDirectory, "lock.json"));
  assert.equal(await missing.ended, 1);
  assert.match(await missing.stderr, /model:lock: .*does not give acme\/nothing to strangers/);
});
