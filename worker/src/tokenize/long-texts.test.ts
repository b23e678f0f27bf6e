import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { execPath } from "node:process";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { sentences } from "../../../test/support/sentences.ts";
import { WorkerError } from "../errors.ts";
import { readTokenizerFiles } from "../model/source.ts";
import { createTokenizer } from "../model/tokenizer.ts";
import type { OverlongRule } from "../settings.ts";
import { isCode } from "../testing/is-code.ts";
import { DISTILBERT, ROBERTA } from "../testing/running-app.ts";
import { stayAlive } from "../testing/stay-alive.ts";
import { createEncoder } from "./encoder.ts";
import { LongTexts } from "./long-texts.ts";

const FAILING = new URL("../testing/failing-tokenizer.ts", import.meta.url);
const never = new AbortController().signal;
const LIMIT_TOKENS = 512;

/** @param entry left out: the real thread. */
function setUp(
  t: TestContext,
  settings: { directory?: string; overlong?: OverlongRule; entry?: URL; failures?: unknown[] } = {},
): LongTexts {
  const { directory: modelDirectory = DISTILBERT, overlong = "truncate", entry, failures = [] } = settings;
  const data = { modelDirectory, limitTokens: LIMIT_TOKENS, overlong };
  const longTexts = new LongTexts(data, (cause) => failures.push(cause), entry);
  stayAlive(t);
  t.after(() => longTexts.close());
  return longTexts;
}

const failing = (t: TestContext) => setUp(t, { entry: FAILING });
const lengths = (found: readonly { sequences: readonly (Int32Array | string)[] }[]) =>
  found.map(({ sequences }) => sequences[0]?.[0]);

for (const directory of [DISTILBERT, ROBERTA]) {
  for (const overlong of ["truncate", "window"] as const) {
    const name = directory.split("/").at(-1);
    test(`${name}: a long text gets the same tokens in the thread as on the main thread (${overlong})`, async (t) => {
      const longTexts = setUp(t, { directory, overlong });
      const { definition, settings } = await readTokenizerFiles(directory);
      const encoder = createEncoder(createTokenizer(definition, settings), {
        limitTokens: LIMIT_TOKENS,
        overlong,
      });
      const texts = [sentences.join(" "), "naïve café 😀\n".repeat(200), "short", ""];
      const found = await longTexts.encode(texts, never);
      assert.deepEqual(
        found.map(({ tokenizeSeconds: _, ...encoded }) => encoded),
        texts.map((text) => encoder.encode(text)),
      );
      assert.ok(found.every(({ tokenizeSeconds }) => tokenizeSeconds > 0));
    });
  }
}

test("a text longer than the model reads is refused where that is the rule, and the next one is split", async (t) => {
  const longTexts = setUp(t, { overlong: "reject" });
  const overlong = longTexts.encode(["fine", "good ".repeat(600)], never);
  await assert.rejects(overlong, (error) => {
    assert.ok(isCode("text_overlong")(error));
    assert.match(String(error), /a text has 602 tokens, the model reads 512; shorten it$/);
    return true;
  });
  assert.equal((await longTexts.encode(["fine"], never)).length, 1);
});

test("a text on which the library chokes is refused with its cause, and the thread lives on", async (t) => {
  const longTexts = failing(t);
  await assert.rejects(longTexts.encode(["a", "refuse"], never), (error) => {
    assert.ok(isCode("text_unprocessable")(error) && error instanceof WorkerError);
    assert.deepEqual(
      [error.status, error.message, error.cause],
      [422, "a text cannot be split into tokens", "choked"],
    );
    return true;
  });
  assert.deepEqual(lengths(await longTexts.encode(["fine"], never)), [4]);
});

test("of a request that is refused nothing more is split", async (t) => {
  const longTexts = failing(t);
  // Were the second one split, the thread would be dead, and with it the request that waits.
  const refused = longTexts.encode(["refuse", "throw"], never);
  const stays = longTexts.encode(["stays"], never);
  await assert.rejects(refused, isCode("text_unprocessable"));
  assert.deepEqual(lengths(await stays), [5]);
});

test("texts of several requests are answered to whom they belong, in order", async (t) => {
  const longTexts = failing(t);
  const found = await Promise.all([
    longTexts.encode(["aaa", "b", "cc"], never),
    longTexts.encode(["dddd"], never),
    longTexts.encode(["", "e"], never),
  ]);
  assert.deepEqual(found.map(lengths), [[3, 1, 2], [4], [0, 1]]);
});

test("a thread that dies is told to everybody who waits at once, and the next text is split by another one", async (t) => {
  const longTexts = failing(t);
  const isToldAll = (error: unknown) => {
    assert.ok(isCode("inference_failed")(error) && error instanceof WorkerError && error.status === 503);
    assert.match(String(error.cause), /thrown in the tokenizer thread/);
    return true;
  };
  const waiting = [["throw"], ["a", "b"], ["c"]].map((texts) => longTexts.encode(texts, never));
  await Promise.all(waiting.map((answer) => assert.rejects(answer, isToldAll)));
  assert.deepEqual(lengths(await longTexts.encode(["fine"], never)), [4]);
});

test("every death of the thread is told to who watches it", async (t) => {
  const failures: unknown[] = [];
  const longTexts = setUp(t, { entry: FAILING, failures });
  for (let death = 0; death < 2; death += 1) {
    await assert.rejects(longTexts.encode(["throw"], never), isCode("inference_failed"));
  }
  assert.deepEqual(failures.map(String), [
    "Error: thrown in the tokenizer thread",
    "Error: thrown in the tokenizer thread",
  ]);
});

test("after the end nothing is split any more", async (t) => {
  const longTexts = failing(t);
  longTexts.close();
  await assert.rejects(longTexts.encode(["late"], never), isCode("stopping"));
});

test("a tokenizer that cannot be read fails those who wait", async (t) => {
  const longTexts = setUp(t, { directory: "/nowhere" });
  await assert.rejects(longTexts.encode(["a"], never), isCode("inference_failed"));
});

test("a caller who leaves is told so at once, and what of his still waits is not split", async (t) => {
  const longTexts = failing(t);
  const caller = new AbortController();
  const first = longTexts.encode(["first"], never);
  // Were it split, the thread would be dead.
  const leaves = longTexts.encode(["throw", "throw"], caller.signal);
  const stays = longTexts.encode(["stays"], never);
  caller.abort(new Error("left"));
  await assert.rejects(leaves, /left/);
  assert.deepEqual([lengths(await first), lengths(await stays)], [[5], [5]]);
});

test("a caller who has left before is not waited on", async (t) => {
  await assert.rejects(failing(t).encode(["throw"], AbortSignal.abort(new Error("left"))), /left/);
});

test("more than a million characters do not wait; one request is taken however long it is", async (t) => {
  const longTexts = failing(t);
  const held = longTexts.encode(["silence"], never);
  held.catch(() => {});
  const long = "x".repeat(900_000);
  longTexts.encode([long, long], never).catch(() => {});
  await assert.rejects(longTexts.encode(["x"], never), isCode("queue_full"));
  longTexts.close();
  await assert.rejects(held, isCode("stopping"));
});

test("a million characters exactly may wait", async (t) => {
  const longTexts = failing(t);
  const silent = longTexts.encode(["silence"], never);
  const waiting = [700_000, 300_000].map((length) => longTexts.encode(["x".repeat(length)], never));
  const refused = longTexts.encode(["x"], never);
  await assert.rejects(refused, isCode("queue_full"));
  longTexts.close();
  await Promise.all([silent, ...waiting].map((answer) => assert.rejects(answer, isCode("stopping"))));
});

test("closing tells everybody who waits that the worker stops, and ends the thread", async (t) => {
  const longTexts = failing(t);
  const waiting = [["silence"], ["a"]].map((texts) => longTexts.encode(texts, never));
  longTexts.close();
  await Promise.all(waiting.map((answer) => assert.rejects(answer, isCode("stopping"))));
});

test("closing what was never used starts no thread", (t) => {
  failing(t).close();
});

test("a process can end while a text is being split", async () => {
  const script = `
    import { LongTexts } from ${JSON.stringify(new URL("./long-texts.ts", import.meta.url).href)};
    const longTexts = new LongTexts({}, new URL(${JSON.stringify(FAILING.href)}));
    longTexts.encode(["silence"], new AbortController().signal);
  `;
  // It would wait for ever, and is ended by the deadline.
  await promisify(execFile)(execPath, ["--input-type=module", "--eval", script], { timeout: 20_000 });
});
