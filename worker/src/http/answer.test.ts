import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as z from "zod";
import { answeredText } from "../testing/answered-texts.ts";
import { bareServer, testContract } from "../testing/bare-server.ts";
import { createAnswerWriter } from "./answer.ts";
import { createResponseSchemas } from "./response-schemas.ts";

const LABELS = ["negative", "positive"];
const plain = { isSingle: true, isDetailed: false };

test("a body is the same as JSON.stringify of its fields would make it", () => {
  const anyLabel = fc.string();
  const anyScore = fc.double({ min: -1e9, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(fc.record({ label: anyLabel, score: anyScore }), { minLength: 1 }),
      (predictions) => {
        // Half of the labels are known to the writer.
        const labels = predictions.flatMap(({ label }, at) => (at % 2 === 0 ? label : []));
        const write = createAnswerWriter({ labels });
        const answered = predictions.map((given) => answeredText({ prediction: { ...given, scores: [] } }));
        const expected = JSON.stringify({
          predictions: predictions.map(({ label, score }) => ({ label, score })),
        });
        assert.equal(write(answered, { ...plain, isSingle: false }), expected);
        assert.equal(write(answered.slice(0, 1), plain), JSON.stringify(predictions[0]));
      },
    ),
  );
});

test("a regression's prediction is its number alone", () => {
  const write = createAnswerWriter({ labels: [] });
  const answered = [answeredText({ prediction: { label: undefined, score: 4.3, scores: [] } })];
  assert.equal(write(answered, plain), '{"score":4.3}');
  assert.equal(write(answered, { isSingle: false, isDetailed: false }), '{"predictions":[{"score":4.3}]}');
});

test("detail says the probabilities of all labels, and what the answer cost", () => {
  const write = createAnswerWriter({ labels: LABELS });
  const wish = { isSingle: true, isDetailed: true };
  assert.deepEqual(JSON.parse(write([answeredText({ isTruncated: true })], wish)), {
    label: "positive",
    score: 0.75,
    scores: { negative: 0.25, positive: 0.75 },
    tokens: 7,
    truncated: true,
    cached: false,
    timings: { tokenize: 0.5, queue: 2, inference: 12.346 },
    batch_size: 2,
  });
  assert.equal(JSON.parse(write([answeredText({ windows: 3 })], wish)).windows, 3);
  const regression = answeredText({ prediction: { label: undefined, score: 4.3, scores: [] } });
  const detailed = JSON.parse(createAnswerWriter({ labels: [] })([regression], wish));
  assert.deepEqual([detailed.score, "scores" in detailed, "label" in detailed], [4.3, false, false]);
  const schemas = createResponseSchemas(testContract({ task: "text-regression", labels: [] }), z.registry());
  assert.deepEqual(schemas.detailed.parse(detailed), detailed);
});

const predictWith = async (isTruncated: boolean, contract = testContract()) => ({
  contract,
  predict: async (texts: readonly string[]) => texts.map(() => answeredText({ isTruncated })),
});
const post = (url: string, body: string) =>
  fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } });

test("whether a text was cut is said by a header alone, because bodies must not differ between variants", async (t) => {
  const bodies: string[] = [];
  for (const [isTruncated, header] of [
    [true, "0, 1"],
    [false, null],
  ] as const) {
    const { predict } = await predictWith(isTruncated);
    const { url } = await bareServer(t, predict);
    const answer = await post(`${url}/predict`, '{"texts":["a","b"]}');
    assert.equal(answer.headers.get("x-blindsplit-truncated"), header);
    assert.equal(answer.headers.get("server-timing"), "tokenize;dur=0.5, queue;dur=2, inference;dur=12.35");
    bodies.push(await answer.text());
  }
  assert.equal(bodies[0], bodies[1]);
});

test("detail=1 is answered where the setting allows it, and else refused with its name", async (t) => {
  const { predict, contract } = await predictWith(false, testContract({ allowsDetail: true }));
  const allowing = await bareServer(t, predict, contract);
  const refusing = await bareServer(t, predict);
  const schemas = createResponseSchemas(contract, z.registry());
  const detailed = await post(`${allowing.url}/predict?x=1&detail=1`, '{"texts":["a"]}');
  schemas.detailedList.parse(await detailed.json());
  for (const target of ["/predict?detail=0", "/predict?details=1", "/predict?", "/forward?detail=1"]) {
    const answer = await post(allowing.url + target, '{"text":"a"}');
    schemas.prediction.parse(await answer.json());
  }
  const refused = await post(`${refusing.url}/predict?detail=1`, '{"text":"a"}');
  assert.equal(refused.status, 400);
  assert.match(await refused.text(), /"code":"invalid_request".*the setting detail: true/);
  assert.equal((await post(`${refusing.url}/predict?detail=0`, '{"text":"a"}')).status, 200);
  for (const query of ["detail=2", "detail=", "detail", "detail=1&detail=0", "detail=true", "detail=%ff"]) {
    const answer = await post(`${allowing.url}/predict?${query}`, '{"text":"a"}');
    assert.equal(answer.status, 400, query);
    assert.match(await answer.text(), /send detail=1 or detail=0/);
  }
});
