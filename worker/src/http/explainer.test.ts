import assert from "node:assert/strict";
import { test } from "node:test";
import { retryable, WorkerError } from "../errors.ts";
import { createLog } from "../log.ts";
import { createExplainer } from "./explainer.ts";

function explainer() {
  const lines: string[] = [];
  const log = createLog("trace", "tested", { write: (line) => void lines.push(line) });
  return { explain: createExplainer(log), logged: () => lines.map((line) => JSON.parse(line)) };
}

test("what nobody foresaw becomes internal, and its cause is logged", () => {
  const { explain, logged } = explainer();
  assert.equal(explain(new TypeError("a bug")).code, "internal");
  const [line] = logged();
  assert.deepEqual([line.level, line.code, line.err.message], ["error", "internal", "a bug"]);
});

test("a fault that every caller meets is logged once, with its cause, and does not hide others", () => {
  const { explain, logged } = explainer();
  const failed = retryable("inference_failed", "the model failed", new Error("no such operator"));
  for (let time = 0; time < 100; time += 1) assert.equal(explain(failed), failed);
  explain(new Error("a bug"));
  const lines = logged();
  assert.deepEqual(
    lines.map(({ code, err }) => [code, err.message]),
    [
      ["inference_failed", "no such operator"],
      ["internal", "a bug"],
    ],
  );
});

test("a model that fails at a text is logged without the cause, which may quote it", () => {
  const { explain, logged } = explainer();
  const cause = new Error("cannot split: private");
  explain(new WorkerError("text_unprocessable", "a text cannot be split into tokens", { cause }));
  const [line] = logged();
  assert.deepEqual([line.level, line.reason], ["warn", "a text cannot be split into tokens"]);
  assert.doesNotMatch(JSON.stringify(line), /private/);
});

test("refusals and mistakes of callers are not logged", () => {
  const { explain, logged } = explainer();
  explain(retryable("queue_full", "full"));
  explain(retryable("not_ready", "loading"));
  explain(new WorkerError("invalid_json", "no JSON"));
  assert.deepEqual(logged(), []);
});
