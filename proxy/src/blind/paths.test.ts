import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { comparablePath, createHiddenPaths } from "./paths.ts";

const isHidden = createHiddenPaths(["/metrics", "/docs"]);

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
]) {
  test(`${JSON.stringify(target)} is seen as a hidden path`, () => {
    const comparable = comparablePath(target);
    assert.ok(comparable !== undefined && isHidden(comparable), String(comparable));
  });
}

for (const target of ["/", "/predict", "/metricsx", "/my/metrics", "/predict?next=/metrics", "/docsify"]) {
  test(`${target} is not hidden`, () => {
    assert.equal(isHidden(comparablePath(target) ?? "/metrics"), false);
  });
}

test("a path that climbs above the root has no comparable form", () => {
  for (const target of ["/../metrics", "/a/../../b", "/%2e%2e/x", "/..;/x"])
    assert.equal(comparablePath(target), undefined);
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
    fc.property(encoded, (target) => isHidden(comparablePath(target) as string)),
    { seed: 1 },
  );
});

test("any text has a comparable form or none, and one that is in lower case and rooted", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const comparable = comparablePath(`/${text}`);
      return (
        comparable === undefined || (comparable.startsWith("/") && comparable === comparable.toLowerCase())
      );
    }),
    { seed: 2 },
  );
});
