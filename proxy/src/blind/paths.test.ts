import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { createPathJudge } from "./paths.ts";

const judge = createPathJudge(["/metrics", "/docs"]);

for (const target of [
  "/metrics",
  "/metrics/",
  "/metrics?x=1",
  "/metrics#x",
  "//metrics",
  "/./metrics",
  "/a/../metrics",
  "/%6detrics",
  "/%256detrics",
  "/metrics;x=1",
  "/METRICS",
  "/\\metrics",
  "\\metrics",
  "/%2e/metrics",
  "/a/%2e%2e/metrics",
  "/metrics%2f",
  "/metrics%00.json",
  "/metrics%3fx",
  "/%5cmetrics",
  "/ metrics",
  "/docs/swagger-ui.css",
  "/%23/../metrics",
  "/%3f/../metrics",
  "/%00/../metrics",
  "/x%3fy/../metrics",
  "//x/metrics",
  "//x/%6detrics",
  "/metrics/..",
  "/metrics/%252e%252e",
  "/metrics/x/../..",
  "/metrics/..;/",
  "/metrics/../predict",
  "/../metrics",
  "/#/../metrics",
  "/%c0%afmetrics",
  "/%c1%adetrics",
  "/%e0%80%afmetrics",
  "/%f0%80%80%afmetrics",
  "/%ef%bd%8detrics",
  "/\xef\xbd\x8detrics",
  "/metric%c5%bf",
  "/metr%c4%b1cs",
  "/%u006detrics",
  "/%uff4detrics",
  "/%ffmetrics",
  "/metrics%c2%a0",
  "/metrics.",
  "/metrics%2e%2e",
]) {
  test(`${JSON.stringify(target)} is hidden`, () => assert.equal(judge(target), "hidden"));
}

for (const target of [
  "/",
  "/predict",
  "/metricsx",
  "/my/metrics",
  "/predict?next=/metrics",
  "/predict#/metrics",
  "/docsify",
  "/a//b",
  "/a/../b",
  "/m%c3%a9trics",
  "/metrics.json",
  "/v1.2/predict",
]) {
  test(`${target} is open`, () => assert.equal(judge(target), "open"));
}

test("a path that climbs above the root is neither", () => {
  for (const target of ["/../x", "/a/../../b", "/%2e%2e/x", "/..;/x"])
    assert.equal(judge(target), "above_root", target);
});

test("however its characters are encoded, a hidden path stays hidden", () => {
  const encodings = [
    (character: string) => character,
    (character: string) => character.toUpperCase(),
    (character: string) => `%${character.charCodeAt(0).toString(16)}`,
    (character: string) => `%25${character.charCodeAt(0).toString(16)}`,
  ];
  const encoded = fc
    .array(fc.nat(encodings.length - 1), { minLength: 7, maxLength: 7 })
    .map(
      (picks) =>
        `/${[..."metrics"].map((character, at) => encodings[picks[at] as number]?.(character)).join("")}`,
    );
  fc.assert(
    fc.property(encoded, (target) => judge(target) === "hidden"),
    { seed: 1 },
  );
});

test("any text is judged", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) =>
      ["open", "hidden", "above_root"].includes(judge(`/${text}`)),
    ),
    { seed: 2 },
  );
});

test("targets made to be slow to judge are judged in linear time: many of them within the deadline of a test", () => {
  for (let round = 0; round < 40; round++)
    for (const [head, segment, count] of [
      ["/A", "/a", 8000],
      ["/%2561", "/a%e1", 3200],
      ["/%252541", "/a\xe1", 5400],
    ] as const)
      assert.equal(judge(`${head}${round}${segment.repeat(count)}`), "open");
});
