import assert from "node:assert/strict";
import { test } from "node:test";
import { createExposureRule } from "./exposure.ts";

const counts = (methods: string[] | undefined, paths: string[] | undefined, method: string, target: string) =>
  createExposureRule({ methods, paths })?.(method, target);

test("without a rule there is nothing to ask", () => {
  assert.equal(createExposureRule({ methods: undefined, paths: undefined }), undefined);
});

test("a path stands for itself and what is below it, however it is spelled", () => {
  for (const target of [
    "/predict",
    "/predict/",
    "/predict?verbose=1",
    "/predict/batch",
    "//predict",
    "/a/../predict",
    "/%70redict",
    "/predict;v=1",
  ])
    assert.equal(counts(undefined, ["/predict"], "GET", target), true, target);
  for (const target of ["/", "/predictions", "/v1/predict", "/forward", "/?path=/predict"])
    assert.equal(counts(undefined, ["/predict"], "GET", target), false, target);
  assert.equal(counts(undefined, ["/v1/models", "/predict"], "GET", "/v1/models/x"), true);
});

test("a method counts as it is said", () => {
  assert.equal(counts(["POST", "PUT"], undefined, "PUT", "/any"), true);
  assert.equal(counts(["POST"], undefined, "GET", "/any"), false);
  assert.equal(counts(["POST"], ["/predict"], "POST", "/other"), false);
  assert.equal(counts(["POST"], ["/predict"], "POST", "/predict"), true);
});
