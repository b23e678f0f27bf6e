import assert from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { test } from "node:test";
import {
  asWorkerError,
  ERROR_STATUS,
  type ErrorCode,
  INPUT_ERRORS,
  retryable,
  toProblem,
  WorkerError,
} from "./errors.ts";

test("every code that a caller can see has a status that HTTP knows", () => {
  for (const [code, status] of Object.entries(ERROR_STATUS)) {
    if (status === 0) continue;
    assert.ok(STATUS_CODES[status], code);
    const problem = toProblem(new WorkerError(code as ErrorCode, "why"), status);
    assert.deepEqual(problem, {
      type: "about:blank",
      title: STATUS_CODES[status],
      status,
      code,
      detail: "why",
    });
  }
});

test("an unforeseen error becomes internal, keeps its cause and tells the caller nothing of it", () => {
  const cause = new Error("secret path /etc");
  const error = asWorkerError(cause);
  assert.equal(error.code, "internal");
  assert.equal(error.cause, cause);
  assert.doesNotMatch(error.message, /secret/);
  assert.equal(asWorkerError(error), error);
});

test("an error worth a retry says when", () => {
  assert.deepEqual(retryable("queue_full", "full").headers, { "retry-after": "1" });
});

test("an error worth a retry may say a longer time, and keeps its cause", () => {
  const cause = new Error("why");
  const error = retryable("queue_full", "full", cause, 12);
  assert.deepEqual([error.status, error.headers, error.cause], [429, { "retry-after": "12" }, cause]);
});

test("what is about one text itself is 422, and nothing else is", () => {
  const unprocessable = Object.entries(ERROR_STATUS).filter(([, status]) => status === 422);
  assert.deepEqual(new Set(unprocessable.map(([code]) => code)), INPUT_ERRORS);
});

test("a caller who ran out of patience is no 5xx, a worker that was too slow is", () => {
  assert.deepEqual([ERROR_STATUS.request_deadline, ERROR_STATUS.queue_deadline], [429, 503]);
});
