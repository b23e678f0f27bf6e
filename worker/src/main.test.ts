import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { DISTILBERT } from "./testing/running-app.ts";
import { UNRUNNABLE, unrunnableModel } from "./testing/unrunnable-model.ts";
import { until } from "./testing/until.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

interface Run {
  readonly child: ChildProcess;
  /** Exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  /** Everything on stderr, once it has ended. */
  readonly stderr: Promise<string>;
  /** The first log line with this message. */
  untilLogged(message: string): Promise<Record<string, unknown>>;
  /** Level, message and code of every log line so far. */
  logged(): (readonly unknown[])[];
}

function run(t: TestContext, argv: readonly string[], hasChannel = false): Run {
  const stdio = ["ignore", "pipe", "pipe", ...(hasChannel ? ["ipc" as const] : [])] as const;
  const child = spawn(process.execPath, [MAIN, ...argv], { stdio: [...stdio] });
  t.after(() => child.kill("SIGKILL"));
  assert.ok(child.stdout && child.stderr);
  let written = "";
  child.stdout.on("data", (chunk: Buffer) => {
    written += chunk;
    child.emit("written");
  });
  return {
    child,
    // Not "close": Node does not emit it after the parent has disconnected the channel.
    ended: once(child, "exit").then(([code]) => code as number | null),
    stderr: readAll(child.stderr),
    async untilLogged(message) {
      for (;;) {
        const line = written.split("\n").find((candidate) => candidate.includes(`"msg":"${message}"`));
        if (line !== undefined) return JSON.parse(line);
        await once(child, "written");
      }
    },
    logged() {
      const lines = written.trimEnd().split("\n");
      return lines.map((line) => JSON.parse(line)).map(({ level, msg, code }) => [level, msg, code]);
    },
  };
}

const SERVE = ["--name", "m", "--model", DISTILBERT, "--port", "0"];

test("wrong options end with exit code 2 and one line per problem", async (t) => {
  const { ended, stderr } = run(t, ["--name", "a b", "--port", "x"]);
  assert.equal(await ended, 2);
  const lines = (await stderr).trimEnd().split("\n");
  assert.equal(lines.length, 3);
  for (const line of lines) assert.match(line, /^blindsplit worker: (--name|--port|model is not set)/);
});

test("a missing model ends with exit code 1 and one line that names it", async (t) => {
  const { ended, stderr } = run(t, ["--name", "m", "--model", "/nowhere", "--port", "0"]);
  assert.equal(await ended, 1);
  assert.match(await stderr, /^blindsplit worker: cannot read the model file \/nowhere\/[^\n]*\n$/);
});

test("a worker that cannot start logs the cause with its code, and no stop that nobody asked for", async (t) => {
  const { child, logged } = run(t, ["--name", "m", "--model", "/nowhere", "--port", "0"]);
  await once(child, "close");
  assert.deepEqual(logged(), [
    ["info", "starting", undefined],
    ["fatal", "the worker cannot start", "model_file_missing"],
  ]);
});

test("a graph that is none ends with exit code 1 and one line that names it", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "blindsplit-main-"));
  t.after(() => rmSync(directory, { recursive: true }));
  cpSync(DISTILBERT, directory, { recursive: true });
  writeFileSync(join(directory, "onnx/model_quantized.onnx"), "no graph");
  const { ended, stderr } = run(t, ["--name", "m", "--model", directory, "--port", "0"]);
  assert.equal(await ended, 1);
  assert.match(await stderr, /^blindsplit worker: cannot load [^\n]*model_quantized\.onnx[^\n]*\n$/);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal} ends a worker in order with exit code 0`, async (t) => {
    const { child, ended, untilLogged } = run(t, SERVE);
    const { port } = await untilLogged("ready");
    assert.equal((await fetch(`http://127.0.0.1:${port}/readyz`)).status, 200);
    child.kill(signal);
    assert.equal(await ended, 0);
    await untilLogged("stopped");
  });
}

test("the same signal twice ends a worker at once, although a request is open", async (t) => {
  const { child, ended, untilLogged } = run(t, SERVE);
  const { port } = await untilLogged("ready");
  const socket = connect(Number(port), "127.0.0.1").on("error", () => {});
  socket.write("POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{");
  // A later connection is answered after the earlier one was accepted.
  await fetch(`http://127.0.0.1:${port}/healthz`);
  child.kill("SIGTERM");
  await untilLogged("stopping");
  child.kill("SIGTERM");
  assert.equal(await ended, 1);
});

test("a signal while the model loads ends the worker with exit code 0", async (t) => {
  const { child, ended, untilLogged } = run(t, SERVE);
  await untilLogged("starting");
  child.kill("SIGTERM");
  assert.equal(await ended, 0);
});

test("three failures of the thread within a minute end the worker, and everybody in flight is answered first", async (t) => {
  const { child, ended, stderr, untilLogged } = run(t, [
    ...["--name", "m", "--model", unrunnableModel(t), "--port", "0"],
  ]);
  const url = `http://127.0.0.1:${(await untilLogged("ready")).port}`;
  const ask = async () => {
    const body = JSON.stringify({ text: UNRUNNABLE });
    const headers = { "content-type": "application/json" };
    return (await fetch(`${url}/predict`, { method: "POST", headers, body })).status;
  };
  for (let failure = 1; failure <= 3; failure += 1) {
    await until(async () => (await fetch(`${url}/readyz`)).status === 200);
    // Two are handed to the thread, two wait.
    assert.deepEqual(await Promise.all([ask(), ask(), ask(), ask()]), [503, 503, 503, 503]);
  }
  assert.equal(await ended, 1);
  assert.match(await stderr, /^blindsplit worker: .*failed 3 times within 60 s/m);
  assert.equal(child.signalCode, null);
});

test("a worker ends when its supervisor is gone", async (t) => {
  const { child, ended, untilLogged } = run(t, SERVE, true);
  await untilLogged("ready");
  child.disconnect();
  assert.equal(await ended, 0);
});

test("--version and --help answer on stdout with exit code 0", async (t) => {
  for (const [flag, pattern] of [
    ["--version", /^\d+\.\d+\.\d+\n$/],
    ["--help", /--max-queue/],
  ] as const) {
    const { child, ended } = run(t, [flag]);
    assert.ok(child.stdout);
    const output = readAll(child.stdout);
    assert.equal(await ended, 0);
    assert.match(await output, pattern);
  }
});
