import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { splitLines } from "./lines.ts";
import { openLogFile } from "./log-file.ts";
import { readLogLine } from "./log-line.ts";
import type { ProcessPlan } from "./plan.ts";
import { createQuota } from "./quota.ts";
import { logLine } from "./screen.ts";

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "blindsplit-logs-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a log begins empty and stays below twice its limit", (t) => {
  const path = join(temporary(t), "deep/proxy.log");
  const problems: unknown[] = [];
  const open = () => openLogFile(path, 100, (error) => problems.push(error));
  const first = open();
  first.write(Buffer.from("from an earlier run"));
  first.close();
  const log = open();
  for (let index = 0; index < 50; index += 1) log.write(Buffer.from(`line ${index}\n`));
  log.close();
  log.write(Buffer.from("too late"));
  assert.match(readFileSync(path, "utf8"), /line 49\n$/);
  assert.doesNotMatch(readFileSync(`${path}.1`, "utf8"), /earlier/);
  assert.ok(statSync(path).size <= 100 && statSync(`${path}.1`).size <= 100);
  assert.deepEqual(problems, []);
});

test("the log of the run before is kept once, as .1", (t) => {
  const path = join(temporary(t), "proxy.log");
  for (const text of ["first run", "the crash", "now"]) {
    const log = openLogFile(path, 100, () => assert.fail());
    log.write(Buffer.from(text));
    log.close();
  }
  assert.equal(readFileSync(path, "utf8"), "now");
  assert.equal(readFileSync(`${path}.1`, "utf8"), "the crash");
});

test("a log that cannot be written is told once and stops nobody", (t) => {
  const folder = temporary(t);
  const problems: unknown[] = [];
  const log = openLogFile(join(folder, "proxy.log"), 4, (error) => problems.push(error));
  rmSync(folder, { recursive: true });
  for (const chunk of ["1234", "5678", "9012"]) log.write(Buffer.from(chunk));
  assert.equal(problems.length, 1);
});

test("chunks become lines, whatever way they are cut", () => {
  const lines: string[] = [];
  const splitter = splitLines((line) => lines.push(line), 4);
  const bytes = Buffer.from("añb\r\n\nc\rddddddddd");
  for (const byte of bytes) splitter.push(Buffer.from([byte]));
  splitter.end();
  assert.deepEqual(lines, ["añb", "c", "dddd", "dddd", "d"]);
});

test("only warnings and errors of a JSON log are for the terminal, in words", () => {
  const cases: [string, ReturnType<typeof readLogLine>][] = [
    ['{"level":30,"msg":"listening"}', { kind: "quiet" }],
    ['{"level":40,"msg":"slow"}', { kind: "warning", text: "slow" }],
    ['{"level":"warn","msg":"slow"}', { kind: "warning", text: "slow" }],
    [
      '{"level":50,"msg":"refused","err":{"message":"no such key"}}',
      { kind: "error", text: "refused: no such key", cause: "no such key" },
    ],
    ['{"level":"fatal","err":"gone"}', { kind: "error", text: "gone", cause: "gone" }],
    ['{"half":', { kind: "text", text: '{"half":' }],
    ["loading …", { kind: "text", text: "loading …" }],
  ];
  for (const [line, expected] of cases) assert.deepEqual(readLogLine(line), expected);
});

const rejection = (count: number) =>
  JSON.stringify({
    level: "error",
    file: "config/experiment.yaml",
    problems: Array.from({ length: count }, (_, index) => ({
      path: "variants",
      line: 15 + index,
      column: 5,
      message: "weights 60 + 50 sum to 110",
    })),
    msg: "reload rejected",
  });
const gateway = { title: "gateway" } as ProcessPlan;

test("a rejected configuration is shown with where and why, a line for each of the first five problems", () => {
  const shown = (count: number) =>
    logLine(gateway, readLogLine(rejection(count)), "logs/proxy.log")?.split("\n");
  assert.deepEqual(shown(1), [
    "gateway error: reload rejected",
    "gateway: config/experiment.yaml:15:5 variants: weights 60 + 50 sum to 110",
  ]);
  assert.equal(shown(5)?.length, 6);
  assert.equal(shown(7)?.length, 7);
  assert.equal(shown(7)?.at(-1), "gateway: and 2 more in logs/proxy.log");
});

test("a problem without a place or a path is shown with what there is", () => {
  const shown = (entry: object) => {
    const line = readLogLine(JSON.stringify({ level: 50, msg: "no", ...entry }));
    return line.kind === "error" ? line.problems : assert.fail();
  };
  assert.deepEqual(shown({ file: "a.yaml", problems: [{ path: "", message: "is empty" }] }), [
    "a.yaml is empty",
  ]);
  assert.deepEqual(shown({ problems: [{ path: "x", line: 3, message: "\u001b[31mbad" }, 7] }), [
    "line 3 x: bad",
  ]);
  assert.equal(shown({ problems: "all" }), undefined);
});

test("a configuration that was taken over is one line with its weights", () => {
  const entry = {
    level: "info",
    msg: "reloaded",
    result: "swapped",
    weights: { distilbert: 70, roberta: 30 },
  };
  assert.equal(
    logLine(gateway, readLogLine(JSON.stringify(entry)), ""),
    "gateway: configuration taken over: distilbert 70, roberta 30",
  );
  assert.deepEqual(readLogLine(JSON.stringify({ ...entry, result: "unchanged" })), { kind: "quiet" });
});

test("a download is one line with how much, how fast and how long still", () => {
  const entry = {
    level: "info",
    msg: "downloading",
    file: "onnx/model.onnx",
    receivedBytes: 34_500_000,
    bytesPerSecond: 2_000_000,
  };
  const shown = (changes: object) => readLogLine(JSON.stringify({ ...entry, ...changes }));
  assert.deepEqual(shown({ totalBytes: 67_000_000, secondsLeft: 17 }), {
    kind: "notice",
    text: "downloading onnx/model.onnx: 34.5 of 67.0 MB, 2.0 MB/s, 17 s left",
  });
  assert.deepEqual(shown({}), { kind: "notice", text: "downloading onnx/model.onnx: 34.5 MB, 2.0 MB/s" });
  assert.deepEqual(shown({ msg: "downloaded" }), { kind: "quiet" });
});

test("no escape sequence that a stranger sent reaches the terminal", () => {
  const line = JSON.stringify({ level: 40, msg: "id \u001b[31mred\u001b]0;title\u0007 \u009b2J\n end" });
  assert.deepEqual(readLogLine(line), { kind: "warning", text: "id red ]0;title   2J  end" });
  const long = readLogLine("x".repeat(10_000));
  assert.ok(long.kind === "text" && long.text.length === 501);
});

test("a flood of lines is cut off until the next window", () => {
  let now = 0;
  const admit = createQuota({ limit: 3, windowMs: 100 }, () => now);
  assert.deepEqual([admit(), admit(), admit(), admit()], ["yes", "yes", "last", "no"]);
  now = 100;
  assert.equal(admit(), "yes");
});
