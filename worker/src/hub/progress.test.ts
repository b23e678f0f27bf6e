import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { createLog } from "../log.ts";
import { createProgress } from "./progress.ts";

function start(isTTY: boolean) {
  const written: string[] = [];
  const drawn: string[] = [];
  const sink = new PassThrough().on("data", (chunk: Buffer) => written.push(chunk.toString()));
  const terminal = Object.assign(new PassThrough(), { isTTY, columns: 120, cursorTo() {}, clearLine() {} });
  terminal.on("data", (chunk: Buffer) => drawn.push(chunk.toString()));
  let nowMs = 0;
  const progress = createProgress(terminal, createLog("info", "tested", sink), 5_000, () => nowMs);
  const lines = () => written.map((line) => JSON.parse(line));
  return {
    progress,
    lines,
    drawn: () => drawn.join(""),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test("without a terminal, a line every few seconds says bytes, speed and time left", () => {
  const { progress, lines, pass, drawn } = start(false);
  progress.begin("onnx/model.onnx", 100_000_000, 0);
  for (let second = 0; second < 10; second += 1) {
    pass(1_000);
    progress.advance(2_000_000);
  }
  progress.end();
  progress.end();
  const shown = lines().map(({ msg, receivedBytes, bytesPerSecond, secondsLeft }) => [
    msg,
    receivedBytes,
    bytesPerSecond,
    secondsLeft,
  ]);
  assert.deepEqual(shown, [
    ["downloading", 10_000_000, 2_000_000, 45],
    ["downloading", 20_000_000, 2_000_000, 40],
    ["download broke off", 20_000_000, 2_000_000, 40],
  ]);
  assert.equal(drawn(), "");
});

test("bytes that were here before count as received, and not for the speed", () => {
  const { progress, lines, pass } = start(false);
  progress.begin("f", 10_000, 9_000);
  pass(1_000);
  progress.advance(1_000);
  progress.end();
  const { msg, resumedBytes, receivedBytes, bytesPerSecond } = lines().at(-1);
  assert.deepEqual([msg, resumedBytes, receivedBytes, bytesPerSecond], ["downloaded", 9_000, 10_000, 1_000]);
});

test("on a terminal, a bar shows the file, how much, how fast and how long still", () => {
  const { progress, drawn, pass, lines } = start(true);
  progress.begin("onnx/model.onnx", 100_000_000, 50_000_000);
  pass(10_000);
  progress.advance(25_000_000);
  progress.end();
  assert.match(drawn(), /onnx\/model\.onnx \[=+-+\] 75 % \| 75\.0 of 100\.0 MB \| 2\.5 MB\/s \| 10 s left/);
  assert.deepEqual(
    lines().map(({ msg }) => msg),
    ["going on with a download that broke off", "download broke off"],
  );
});

test("a size that nobody knows is no reason to fail", () => {
  const { progress, lines, pass } = start(true);
  progress.begin("f", undefined, 0);
  pass(1_000);
  progress.advance(1_000);
  progress.end();
  assert.equal(lines().at(-1).msg, "downloaded");
});
