import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertInstalled } from "./prometheus.ts";
import { type Collected, evaluate, rising, standing } from "./rule-test.ts";

before(assertInstalled);

const file = "rules/latency.yml";
const series = "model_version:sentiment_inference_seconds";
const slower = `${series}:slower_ratio5m`;
const minutes = 30;

/** @param role as the gateway says it; left out: it is no variant */
function model(
  name: string,
  secondsEach: number,
  role?: "control" | "treatment",
  gateway = "p:1",
): Collected {
  return {
    [`sentiment_inference_seconds_count{model_version="${name}"}`]: rising([60, minutes]),
    [`sentiment_inference_seconds_sum{model_version="${name}"}`]: rising([60 * secondsEach, minutes]),
    ...(role && {
      [`ab_variant_info{instance="${gateway}",model_version="${name}",role="${role}"}`]: standing([
        1,
        minutes,
      ]),
    }),
  };
}
const ask = (collected: Collected, expression: string) =>
  evaluate({ file, collected, step: "1m" }, expression, "20m").map(({ labels, value }) => [
    labels.model_version,
    Math.round(value * 1e6) / 1e6,
  ]);

test("15 % slower than the control is 0.15, whatever the variants are called", () => {
  assert.deepEqual(ask({ ...model("x", 0.1, "control"), ...model("y", 0.115, "treatment") }, slower), [
    ["y", 0.15],
  ]);
  assert.deepEqual(ask({ ...model("y", 0.1, "treatment"), ...model("x", 0.125, "control") }, slower), [
    ["y", -0.2],
  ]);
});

test("each of several treatments is compared with the control", () => {
  const collected = {
    ...model("a", 0.1, "control"),
    ...model("b", 0.2, "treatment"),
    ...model("c", 0.4, "treatment"),
  };
  assert.deepEqual(ask(collected, slower), [
    ["b", 1],
    ["c", 3],
  ]);
});

test("several replicas of the gateway are one", () => {
  const collected = {
    ...model("a", 0.1, "control"),
    ...model("a", 0.1, "control", "p:2"),
    ...model("b", 0.2, "treatment"),
    ...model("b", 0.2, "treatment", "p:2"),
  };
  assert.deepEqual(ask(collected, slower), [["b", 1]]);
});

test("without one control there is no comparison, and no error", () => {
  assert.deepEqual(ask({ ...model("a", 0.1), ...model("b", 0.2, "treatment") }, slower), []);
  const two = {
    ...model("a", 0.1, "control"),
    ...model("b", 0.2, "control"),
    ...model("c", 0.2, "treatment"),
  };
  assert.deepEqual(ask(two, slower), []);
  assert.equal(ask(two, `${series}:mean5m`).length, 3);
});

test("percentiles come out of the buckets, and there are none without texts", () => {
  const bucket = (bound: string, perMinute: number) => ({
    [`sentiment_inference_seconds_bucket{model_version="a",le="${bound}"}`]: rising([perMinute, minutes]),
  });
  const buckets = {
    ...bucket("0.01", 50),
    ...bucket("0.02", 98),
    ...bucket("0.04", 100),
    ...bucket("+Inf", 100),
  };
  const counts = (texts: number) => ({
    'sentiment_inference_seconds_count{model_version="a"}': rising([texts, minutes]),
    'sentiment_inference_seconds_sum{model_version="a"}': rising([texts * 0.012, minutes]),
  });
  const quantile = "model_version_quantile:sentiment_inference_seconds:quantile5m";
  const found = evaluate({ file, collected: { ...buckets, ...counts(100) }, step: "1m" }, quantile, "20m");
  assert.deepEqual(
    found.map(({ labels, value }) => [labels.quantile, value.toFixed(4)]),
    [
      ["0.5", "0.0100"],
      ["0.95", "0.0194"],
      ["0.99", "0.0300"],
    ],
  );
  assert.deepEqual(
    evaluate({ file, collected: { ...buckets, ...counts(0) }, step: "1m" }, quantile, "20m"),
    [],
  );
});
