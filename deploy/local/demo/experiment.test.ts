import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExperiment } from "./experiment.ts";

const FILE = {
  experiment: { name: "sentiment" },
  variants: [
    { name: "a", weight: 20, upstreams: ["http://127.0.0.1:8101"] },
    {
      name: "b",
      weight: 30,
      upstreams: [{ url: "http://triton:8000/v2/models/b" }, "http://triton:8000/v2/models/b2"],
    },
    { name: "c", weight: 50, upstreams: ["http://127.0.0.1:8103/"] },
  ],
  identity: { header: "x-account" },
};

test("the file form is read with any number of variants and both spellings of an upstream", () => {
  assert.deepEqual(parseExperiment(FILE, "s"), {
    name: "sentiment",
    header: "x-account",
    variants: [
      { name: "a", weight: 20, workers: ["http://127.0.0.1:8101"] },
      { name: "b", weight: 30, workers: ["http://triton:8000"] },
      { name: "c", weight: 50, workers: ["http://127.0.0.1:8103"] },
    ],
  });
});

test("the file form may stand beside its hash", () => {
  assert.deepEqual(parseExperiment({ hash: "1f", config: FILE }, "s"), parseExperiment(FILE, "s"));
});

test("an answer that is something else is refused with what to do", () => {
  const answers = [
    undefined,
    null,
    "text",
    {},
    { variants: "x" },
    { variants: [{ name: "a" }] },
    { variants: [{ name: "a", weight: 1, upstreams: ["nonsense"] }] },
  ];
  for (const answer of answers) {
    assert.throws(
      () => parseExperiment(answer, "http://x/config"),
      /is not the configuration of a blindsplit gateway .*--admin/,
    );
  }
});
