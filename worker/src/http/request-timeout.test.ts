import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WorkerError } from "../errors.ts";
import { answeredText } from "../testing/answered-texts.ts";
import { bareServer } from "../testing/bare-server.ts";
import { readRequestTimeout } from "./request-timeout.ts";

const LIMIT_MS = 30_000;

for (const [given, ms] of [
  ["250ms", 250],
  ["1.5s", 1500],
  ["0.2m", 12_000],
  ["1.5", 1500],
  ["7", 7000],
  ["007s", 7000],
  ["0.001ms", 0.001],
  ["2m", LIMIT_MS],
  ["1h", LIMIT_MS],
  ["999999999", LIMIT_MS],
] as const) {
  test(`x-request-timeout ${given} is ${ms} ms`, () => {
    assert.equal(readRequestTimeout(given, LIMIT_MS), ms);
  });
}

test("no header is no wish", () => assert.equal(readRequestTimeout(undefined, LIMIT_MS), undefined));

for (const given of [
  ...["", "0", "0s", "0.000ms", "-1", "-1s", "+1s", "1e3", "1 s", "1s, 2s", "1d", "soon", ".5s", "1.s", "٣s"],
  ...["Infinity", "NaN", "1S", `${"1".repeat(100)}s`],
]) {
  test(`x-request-timeout ${JSON.stringify(given).slice(0, 20)} is refused with the form to use`, () => {
    assert.throws(
      () => readRequestTimeout(given, LIMIT_MS),
      (error) =>
        error instanceof WorkerError &&
        error.code === "invalid_request" &&
        /^x-request-timeout "[^\n]*": is no duration above 0; send one such as 250ms/.test(error.message),
    );
  });
}

test("any text is a time within the limit, or refused", () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{1,20}(ms|s|m|h)?$/));
  fc.assert(
    fc.property(text, (given) => {
      try {
        const ms = readRequestTimeout(given, LIMIT_MS) ?? Number.NaN;
        assert.ok(ms > 0 && ms <= LIMIT_MS, `${given}: ${ms}`);
      } catch (error) {
        assert.ok(error instanceof WorkerError, String(error));
      }
    }),
  );
});

test("the engine is told the caller's patience, and nothing where the caller said nothing", async (t) => {
  const told: (number | undefined)[] = [];
  const { url } = await bareServer(t, async (_texts, { timeoutMs }) => {
    told.push(timeoutMs);
    return [answeredText()];
  });
  const ask = (headers: Record<string, string>) =>
    fetch(`${url}/predict`, { method: "POST", body: '{"text":"a"}', headers });
  const json = { "content-type": "application/json" };
  for (const headers of [json, { ...json, "x-request-timeout": "1.5s" }]) await (await ask(headers)).text();
  const refused = await ask({ ...json, "x-request-timeout": "soon" });
  assert.equal(refused.status, 400);
  assert.deepEqual(told, [undefined, 1500]);
});
