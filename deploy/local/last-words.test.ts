import assert from "node:assert/strict";
import { test } from "node:test";
import { createLastWords } from "./last-words.ts";
import { readLogLine } from "./log-line.ts";

const sentence = `the hub refuses connections: check HF_ENDPOINT; ${"a long path/".repeat(50)}`;
const plain = `blindsplit worker: ${sentence}`;
const logged = (message = sentence) =>
  JSON.stringify({ level: "fatal", err: { message }, msg: "the worker cannot start" });

function listen() {
  let now = 0;
  const words = createLastWords(() => now);
  return {
    words,
    hear: (text: string, isStderr = false) => words.hear(readLogLine(text), isStderr),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test("a reason that a process gives on stderr and in its log is quoted once, whichever comes first", () => {
  for (const [first, second] of [
    [plain, logged()],
    [logged(), plain],
  ] as const) {
    const { words, hear } = listen();
    assert.equal(hear(first, first === plain), true);
    assert.equal(hear(second, second === plain), false);
    assert.equal(words.lines().length, 1);
    assert.match(words.lines()[0] ?? "", /the hub refuses connections/);
  }
});

test("an error that happens again, or another one, is said again", () => {
  const { words, hear, pass } = listen();
  assert.ok(hear(plain, true));
  assert.ok(hear(logged("no such file")));
  assert.ok(!hear(logged()));
  assert.ok(hear(logged()));
  assert.ok(hear("blindsplit worker: no such file or directory", true) === false);
  assert.ok(hear(plain, true) === false);
  assert.ok(hear(plain, true));
  pass(2_000);
  assert.ok(hear(logged()));
  assert.equal(words.lines().length, 5);
});

test("plain lines on stdout, notices and warnings are no last words, and of the others the last twelve count", () => {
  const { words, hear } = listen();
  assert.ok(hear("loading the model"));
  assert.ok(hear('{"level":40,"msg":"slow"}'));
  assert.ok(hear("  ", true));
  assert.deepEqual(words.lines(), []);
  for (let index = 0; index < 20; index += 1) hear(`line ${index}`, true);
  assert.deepEqual([words.lines().length, words.lines()[0], words.lines().at(-1)], [12, "line 8", "line 19"]);
});
