import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExperiment, refuseEach } from "../../../test/support/small-experiment.ts";

const parse = (yaml: string) => parseExperiment(`blind: ${yaml}`).blind;

test("answers can be given headers, framing and fields", () => {
  const { setHeaders, framing, body } = parse(
    "{ set_headers: { Server: edge, X-Robots-Tag: none }, framing: pass, body: [label, score, label] }",
  );
  assert.deepEqual(setHeaders, { server: "edge", "x-robots-tag": "none" });
  assert.deepEqual([framing, body], ["pass", ["label", "score"]]);
});

test("no shared cache may keep an answer, whatever Cache-Control is set", () => {
  for (const [value, expected] of [
    ["no-store", "no-store, private"],
    ["public, max-age=60, s-maxage=600", "max-age=60, private"],
    ["private, no-cache", "no-cache, private"],
    ["", "private"],
  ]) {
    const { setHeaders } = parse(`{ set_headers: { Cache-Control: "${value}" } }`);
    assert.deepEqual(setHeaders, { "cache-control": expected });
  }
});

test("padding is off, the slower variant's p95 or a duration, with and without its key", () => {
  const cases = [
    ["off", undefined],
    ["{ to: off }", undefined],
    ["p95", { to: "p95" }],
    ["{ to: p95 }", { to: "p95" }],
    ["300ms", { to: "fixed", ms: 300 }],
    ["{ to: 1m }", { to: "fixed", ms: 60_000 }],
  ] as const;
  for (const [yaml, expected] of cases)
    assert.deepEqual(parse(`{ pad_latency: ${yaml} }`).padLatency, expected, yaml);
});

test("what would tell the variants apart or break answers is refused", () => {
  refuseEach(
    [
      [
        "{ set_headers: { Set-Cookie: a } }",
        /^blind\.set_headers\.Set-Cookie: "set-cookie" cannot be used here/,
      ],
      ["{ set_headers: { content-length: '1' } }", /cannot be used here/],
      ["{ set_headers: { connection: close } }", /cannot be used here/],
      ...["location", "x-request-id", "allow", "WWW-Authenticate"].map(
        (name) =>
          [`{ set_headers: { ${name}: a } }`, /cannot be used here: .*one answer; remove it$/] as const,
      ),
      ["{ set_headers: { x-a: b, X-A: c } }", /stands twice in this map, in another case/],
      ['{ set_headers: { x-a: "b\\nc" } }', /^blind\.set_headers\.x-a: has control characters/],
      ["{ set_headers: [x] }", /must be a map of keys, and is a list$/],
      ["{ framing: eq }", /"eq" is not possible here: use equal, pass$/],
      ["{ body: label }", /must be a list, and is "label"$/],
      ["{ body: [] }", /a list of 0 is too small: the least is 1$/],
      ['{ body: [""] }', /a text of 0 characters is too small: the least is 1$/],
      ["{ pad_latency: p99 }", /"p99" is no duration: .*\(1ms to 1m\), or off, or p95$/],
      ["{ pad_latency: { to: 2m } }", /^blind\.pad_latency\.to: 2m is out of range: use 1ms to 1m/],
      ["{ pad_latency: 300 }", /must be off, p95, a duration such as 300ms, or a map with to, and is 300$/],
    ],
    (yaml) => [`blind: ${yaml}`],
  );
});
