import assert from "node:assert/strict";
import { test } from "node:test";
import { configuration, startProxy } from "../../../test/support/running-proxy.ts";
import { parseExperiment } from "./experiment.ts";
import { readExperiment } from "./gateway.ts";

const CONFIG = {
  experiment: { name: "sentiment" },
  variants: [
    { name: "a", weight: 20, upstreams: ["http://127.0.0.1:8101"] },
    {
      name: "b",
      weight: 30,
      upstreams: ["http://triton:8000/v2/models/b", "http://triton:8000/v2/models/b2"],
    },
    { name: "c", weight: 50, upstreams: ["http://127.0.0.1:8103/"] },
  ],
  identity: { header: "x-account" },
};

test("the running configuration is read with any number of variants, their workers by origin", () => {
  assert.deepEqual(parseExperiment({ hash: "1f", config: CONFIG }, "s"), {
    name: "sentiment",
    header: "x-account",
    variants: [
      { name: "a", weight: 20, workers: ["http://127.0.0.1:8101"] },
      { name: "b", weight: 30, workers: ["http://triton:8000"] },
      { name: "c", weight: 50, workers: ["http://127.0.0.1:8103"] },
    ],
  });
});

test("what a real gateway answers is understood", async (t) => {
  const urls = { a: "http://127.0.0.1:8101/v1", b: "http://127.0.0.1:8102" };
  const proxy = await startProxy(t, configuration(urls, [30, 70], "identity: { header: x-account }"));
  assert.deepEqual(await readExperiment(proxy.admin), {
    name: "test",
    header: "x-account",
    variants: [
      { name: "a", weight: 30, workers: ["http://127.0.0.1:8101"] },
      { name: "b", weight: 70, workers: ["http://127.0.0.1:8102"] },
    ],
  });
});

test("an answer that is something else is refused with what to do", () => {
  const answers = [
    undefined,
    null,
    "text",
    {},
    CONFIG,
    { config: { variants: "x" } },
    { config: { variants: [{ name: "a" }] } },
    { config: { variants: [{ name: "a", weight: 1, upstreams: ["nonsense"] }] } },
    { config: { variants: [{ name: "a", weight: 1, upstreams: [{ url: "http://127.0.0.1:8101" }] }] } },
  ];
  for (const answer of answers) {
    assert.throws(
      () => parseExperiment(answer, "http://x/config"),
      /is not the configuration of a blindsplit gateway .*--admin/,
    );
  }
});
