import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { splitLines } from "./lines.ts";
import { openLogFile } from "./log-file.ts";
import { readLogLine } from "./log-line.ts";
import { createQuota } from "./quota.ts";

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
      { kind: "error", text: "refused: no such key" },
    ],
    ['{"level":"fatal","err":"gone"}', { kind: "error", text: "gone" }],
    ['{"half":', { kind: "text", text: '{"half":' }],
    ["loading …", { kind: "text", text: "loading …" }],
  ];
  for (const [line, expected] of cases) assert.deepEqual(readLogLine(line), expected);
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
