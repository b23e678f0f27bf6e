import assert from "node:assert/strict";
import { test } from "node:test";
import { retryable, WorkerError } from "../errors.ts";
import { CHOKES, characterTokenizer } from "../testing/character-tokenizer.ts";
import { isCode } from "../testing/is-code.ts";
import { createEncoder, TEXT_ENCODER } from "./encoder.ts";
import type { LongTexts } from "./long-texts.ts";
import { type Tokenized, Tokenizing } from "./tokenizing.ts";

const never = () => new AbortController().signal;
/** The library is asked for a text with a double space, every time; this is one of that length. */
const unknown = (length: number, mark = "x") => `  ${mark.repeat(length - 2)}`;

function setUp() {
  const tokenizer = characterTokenizer();
  const handed: (readonly string[])[] = [];
  const encoder = createEncoder(tokenizer, { limitTokens: 1_000_000, overlong: "truncate" });
  let error: WorkerError | undefined;
  let closed = 0;
  const thread: Pick<LongTexts, "encode" | "close"> = {
    async encode(texts) {
      handed.push(texts);
      if (error !== undefined) throw error;
      return texts.map((text) => ({ ...encoder.encode(text), tokenizeSeconds: 7 }));
    },
    close() {
      closed += 1;
    },
  };
  const tokenizing = new Tokenizing(encoder, thread as LongTexts);
  tokenizer.asked.length = 0;
  return {
    tokenizing,
    tokenizer,
    handed,
    closed: () => closed,
    fail(given: WorkerError) {
      error = given;
    },
  };
}

const firstIds = (found: readonly Tokenized[]) =>
  found.map(({ sequences }) => String.fromCharCode(Number(sequences[0]?.at(3))));

test("short texts are split here and now, in order, each with its time", () => {
  const { tokenizing, handed } = setUp();
  const found = tokenizing.encode([unknown(10, "a"), unknown(980, "b"), "new  words"], never);
  assert.ok(!(found instanceof Promise));
  assert.deepEqual([firstIds(found), handed], [["a", "b", "w"], []]);
  assert.ok(found.every(({ tokenizeSeconds }) => tokenizeSeconds >= 0 && tokenizeSeconds < 1));
});

test("what is more than a thousand characters of one request goes to the thread, and comes back in its place", async () => {
  const { tokenizing, handed } = setUp();
  const texts = [
    unknown(1001, "a"),
    unknown(600, "b"),
    unknown(401, "c"),
    unknown(400, "d"),
    unknown(3, "e"),
  ];
  const found = tokenizing.encode(texts, never);
  assert.ok(found instanceof Promise);
  assert.deepEqual(handed, [[texts[0], texts[2], texts[4]]]);
  assert.deepEqual(firstIds(await found), ["a", "b", "c", "d", "e"]);
  assert.deepEqual(
    (await found).map(({ tokenizeSeconds }) => tokenizeSeconds === 7),
    [true, false, true, false, true],
  );
});

test("who waits for the thread may lose patience, and of texts that are split at once it is not asked", async () => {
  const { tokenizing } = setUp();
  let asked = 0;
  const patience = () => {
    asked += 1;
    return never();
  };
  tokenizing.encode([unknown(1000)], patience);
  assert.equal(asked, 0);
  await tokenizing.encode([unknown(1001), unknown(2000)], patience);
  assert.equal(asked, 1);
});

test("each request has a thousand characters of its own", () => {
  const { tokenizing, handed } = setUp();
  for (let request = 0; request < 3; request += 1) tokenizing.encode([unknown(1000)], never);
  assert.deepEqual(handed, []);
});

test("a long text of known words is split here, up to fifty thousand characters of a request", async () => {
  const { tokenizing, tokenizer, handed } = setUp();
  await tokenizing.encode(["good day and night good"], never);
  tokenizer.asked.length = 0;
  const long = "good day and night ".repeat(2000).trim();
  assert.ok(!(tokenizing.encode([long], never) instanceof Promise));
  assert.deepEqual([tokenizer.asked, handed], [[], []]);
  const found = tokenizing.encode([long, long], never);
  assert.ok(found instanceof Promise);
  assert.equal(handed[0]?.length, 1);
  assert.equal((await found).length, 2);
  assert.ok(tokenizing.encode([`${long} unheard`], never) instanceof Promise);
  assert.equal(handed.length, 2);
});

test("a text that cannot be split is refused, and the next one is split", () => {
  const { tokenizing } = setUp();
  assert.throws(
    () => tokenizing.encode(["fine", `not ${CHOKES}`], never),
    (error) => {
      assert.ok(isCode("text_unprocessable")(error) && error instanceof WorkerError);
      assert.deepEqual([error.status, error.message], [422, "a text cannot be split into tokens"]);
      assert.match(String(error.cause), /choked/);
      return true;
    },
  );
  assert.ok(!(tokenizing.encode(["fine"], never) instanceof Promise));
});

test("a text that is longer than the model reads keeps its own refusal", () => {
  const strict = createEncoder(characterTokenizer(), { limitTokens: 8, overlong: "reject" });
  const tokenizing = new Tokenizing(strict);
  assert.throws(() => tokenizing.encode(["fine", "longer than that"], never), isCode("text_overlong"));
});

test("what the thread refuses is what the caller is told", async () => {
  const { tokenizing, fail } = setUp();
  fail(retryable("queue_full", "too many long texts"));
  await assert.rejects(async () => tokenizing.encode([unknown(2000)], never), isCode("queue_full"));
});

test("where nothing is split there is no thread, and no text is too long", () => {
  const tokenizing = new Tokenizing(TEXT_ENCODER);
  const long = "x".repeat(1_000_000);
  const found = tokenizing.encode([long, "short"], never);
  assert.ok(!(found instanceof Promise));
  assert.deepEqual(
    found.map(({ sequences }) => sequences),
    [[long], ["short"]],
  );
  tokenizing.close();
});

test("closing closes the thread", () => {
  const { tokenizing, closed } = setUp();
  tokenizing.close();
  assert.equal(closed(), 1);
});
