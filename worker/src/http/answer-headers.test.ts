import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { answeredText } from "../testing/answered-texts.ts";
import { bareServer, testContract } from "../testing/bare-server.ts";
import { createHeaderWriter, PREDICTION_HEADER, writeTimings, writeTruncated } from "./answer-headers.ts";

test("texts that were cut are named by their indices, at most a hundred", () => {
  const answered = (cut: readonly number[], length: number) =>
    Array.from({ length }, (_, at) => answeredText({ isTruncated: cut.includes(at) }));
  assert.equal(writeTruncated(answered([], 3)), undefined);
  assert.equal(writeTruncated(answered([0, 4], 5)), "0, 4");
  const all = Array.from({ length: 128 }, (_, at) => at);
  assert.equal(writeTruncated(answered(all.slice(0, 100), 128)), all.slice(0, 100).join(", "));
  assert.equal(writeTruncated(answered(all, 128)), `${all.slice(0, 100).join(", ")}, more`);
});

test("Server-Timing has the longest time of each stage, in milliseconds", () => {
  const slowToSplit = answeredText({ tokenizeSeconds: 0.0123456, queueSeconds: 0, inferenceSeconds: 0 });
  assert.equal(
    writeTimings([answeredText(), slowToSplit]),
    "tokenize;dur=12.35, queue;dur=2, inference;dur=12.35",
  );
});

const predicted = (label: string | undefined, score: number) =>
  answeredText({ prediction: { label, score, scores: [] } });

test("whatever a label is called, its header is a legal one that leads back to label and score", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.double({ min: 0, max: 1, noNaN: true }), (label, score) => {
      for (const labels of [[label], []]) {
        const value =
          createHeaderWriter({ labels })([predicted(label, score)], true)[PREDICTION_HEADER] ?? "";
        assert.match(value, /^[\x21-\x7e]+$/);
        const [encoded = "", written, ...more] = value.split(";");
        assert.deepEqual([decodeURIComponent(encoded), Number(written), more], [label, score, []]);
      }
    }),
  );
});

test("half a surrogate pair in a label is no error", () => {
  const headers = createHeaderWriter({ labels: ["\ud800"] })([predicted("\ud800", 0.5)], true);
  assert.equal(headers[PREDICTION_HEADER], "%EF%BF%BD;0.5");
});

test("a regression's header has no label", () => {
  const write = createHeaderWriter({ labels: [] });
  assert.equal(write([predicted(undefined, 4.3)], true)[PREDICTION_HEADER], ";4.3");
  assert.equal(write([predicted(undefined, -0.25)], true)[PREDICTION_HEADER], ";-0.25");
});

test("the answer to one text says its prediction in a header, with the body's digits; a batch does not", async (t) => {
  const { url } = await bareServer(
    t,
    async (texts) => texts.map(() => predicted("très bon; vraiment", 0.912345)),
    testContract({ labels: ["négatif", "très bon; vraiment"] }),
  );
  const ask = async (path: string, body: string) => {
    const answer = await fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    return [answer.status, answer.headers.get(PREDICTION_HEADER), await answer.text()] as const;
  };
  for (const path of ["/predict", "/forward"]) {
    const [status, header, body] = await ask(path, '{"text":"a"}');
    assert.deepEqual([status, header], [200, "tr%C3%A8s%20bon%3B%20vraiment;0.912345"], path);
    assert.equal(JSON.parse(body).score, 0.912345);
  }
  for (const path of ["/predict", "/forward_batch"])
    for (const body of ['{"texts":["a","b"]}', '{"texts":["a"]}'])
      assert.deepEqual((await ask(path, body)).slice(0, 2), [200, null], path);
  assert.deepEqual((await ask("/predict", '{"text":""}')).slice(0, 2), [422, null]);
});
