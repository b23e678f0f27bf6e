import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import type { Overrides } from "./effective.ts";
import { loadConfig, parseConfig } from "./load.ts";
import { ConfigError } from "./problem.ts";

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}.yaml`, import.meta.url));
const load = (name: string, overrides: Overrides = {}, env = {}) => loadConfig(fixture(name), overrides, env);

const GOOD = `experiment: { name: sentiment }
variants:
  - { name: a, weight: 60, upstreams: ["http://a:8000/"] }
  - { name: b, weight: 40, upstreams: ["https://b/v2/models/b"] }
`;
const parse = (text: string, env = {}, overrides: Overrides = {}) =>
  parseConfig(text, "x.yaml", overrides, env);

/** Fixture, where it is reported, what the message must say. */
const FLAWS: readonly (readonly [string, RegExp])[] = [
  ["weights-sum-to-99", /:3:3 variants: weights 49 \+ 50 sum to 99: .*whole numbers that sum to 100, add 1$/],
  ["weight-negative", /:4:13 variants\[0\]\.weight: -10 is too small: the least is 0$/m],
  ["weight-fraction", /:4:13 variants\[0\]\.weight: must be a whole number, and is 33\.3$/m],
  ["weight-quoted", /:4:13 variants\[0\]\.weight: must be a number, and is "50"$/],
  [
    "variant-names-repeated",
    /:6:11 variants\[1\]\.name: "distilbert" is already the name of variants\[0\]: names must differ$/,
  ],
  ["variant-name-reserved", /variants\[1\]\.name: "none" is reserved for metrics: choose another name$/],
  ["two-controls", /variants\[1\]\.control: is a second control beside variants\[0\]/],
  ["key-unknown", /:9:13 upstream\.conect_timeout: is no known key: did you mean connect_timeout\?$/],
  ["key-twice", /:10:1 log: stands twice in the same map: remove one of the two$/],
  [
    "upstream-no-url",
    /:8:17 variants\[1\]\.upstreams\[0\]: "roberta:8102" is no http:\/\/ or https:\/\/ URL: write an absolute URL such as/,
  ],
  ["upstream-with-credentials", /"http:\/\/\*\*\*@roberta:8102" carries credentials.*: remove them$/],
  ["upstream-with-query", /has a query or fragment: remove it/],
  ["empty", /empty\.yaml is empty: give it at least experiment\.name and variants$/],
  ["only-comments", /is empty: give it at least experiment\.name and variants$/],
  ["not-yaml", /:2:1 is not valid YAML: /],
  ["two-documents", /:2:1 is not valid YAML: .*multiple documents/],
  [
    "duration-without-unit",
    /upstream\.connect_timeout: 5 is no duration: write .* 250ms, 1s, 5m, 2h or 30d \(1ms to 5m\)$/,
  ],
  ["duration-out-of-range", /upstream\.connect_timeout: 2h is out of range: use 1ms to 5m$/],
  ["section-empty", /:9:1 identity: is empty: give it a map of keys, or remove the key$/],
  [
    "environment-missing",
    /:4:13 variants\[0\]\.weight: needs BLINDSPLIT_WEIGHT, which is not set: set it, or give a default/,
  ],
  ["reference-malformed", /:1:21 experiment\.name: has a \$\{ that is no reference: write \$\{NAME\}/],
  ["same-site-none-insecure", /identity\.cookie\.same_site: None needs secure: true/],
  ["hop-by-hop-header-opened", /blind\.headers\[0\]: "transfer-encoding" cannot be used here: .*remove it$/],
  ["listeners-on-one-port", /:10:16 admin\.port: port 9000 is asked for by both listeners: choose another/],
  ["alias-bomb", /uses aliases more than 100-fold: write the values out$/],
  ["alias-of-itself", /\*e contains itself: remove the alias$/],
  ["nested-too-deeply", /:1:1 is nested more than 32 levels deep/],
  ["anchor-missing", /:1:13 \*nowhere refers to an anchor that is not defined above it$/],
  ["binary", /is not UTF-8 text: is this the right file\? If it is, save it as UTF-8$/],
  ["utf-16", /is not UTF-8 text/],
  ["nul-bytes", /has a NUL byte after 11 characters, so that it is no text/],
  ["does-not-exist", /does not exist: check the path given by --config or BLINDSPLIT_CONFIG$/],
];

for (const [name, expected] of FLAWS) {
  test(`a configuration with the flaw "${name}" is refused with its place, value and remedy`, async () => {
    await assert.rejects(load(name), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, expected);
      return true;
    });
  });
}

test("a directory is refused as such", async () => {
  await assert.rejects(
    loadConfig(fileURLToPath(new URL("fixtures", import.meta.url)), {}, {}),
    /is a directory: name the file in it/,
  );
});

test("every problem of a file is reported at once, each with its path and line", async () => {
  const error = await load("everything-at-once").catch((error: unknown) => error);
  assert.ok(error instanceof ConfigError);
  assert.deepEqual(error.problems.map(({ path, line }) => `${line} ${path}`).sort(), [
    "1 experiment.name",
    "3 variants",
    "3 variants[0].upstreams[0]",
    "4 variants[1].name",
    "4 variants[1].upstreams",
    "5 surprise",
    "7 log",
    "7 log.level",
  ]);
});

test("a reference takes the type that its key wants", () => {
  const text = GOOD.replace("weight: 60", 'weight: "${W:-60}"').replace(
    "sentiment",
    'sentiment, salt: "${S}", phase: "${P:-3}"',
  );
  const { experiment, variants } = parse(text, { S: "0123", W: "" }).config;
  assert.deepEqual([experiment.salt, experiment.phase, variants[0]?.weight], ["0123", 3, 60]);
  assert.throws(() => parse(text, { S: "", W: "many" }), /weight: must be a number, and is "many"/);
});

test("a plain scalar may be a reference too, outside of braces", () => {
  const text = GOOD.concat(
    "upstream:\n  max_in_flight: ${LIMIT:-7}\nidentity:\n  cookie:\n    secure: ${SECURE}\n",
  );
  const { upstream, identity } = parse(text, { SECURE: "true" }).config;
  assert.deepEqual([upstream.maxInFlight, identity.cookie.secure], [7, true]);
});

test("what the environment says is never read as YAML or as another reference", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 100 }), (salt) => {
      const text = GOOD.replace("sentiment", 'sentiment, salt: "${S}"');
      assert.equal(parse(text, { S: salt, W: "1" }).config.experiment.salt, salt);
    }),
  );
  const escaped = GOOD.replace("sentiment", () => 'sentiment, salt: "$${S}"');
  assert.equal(parse(escaped, { S: "x" }).config.experiment.salt, "${S}");
});

test("the hash follows what the experiment does, not how it is written or where it listens", () => {
  const { hash } = parse(GOOD);
  assert.match(hash, /^[0-9a-f]{12}$/);
  assert.equal(
    parse(`# a comment\n${GOOD}listen: { port: 1 }\nlog: { level: warn }\nreload: { poll: 1000ms }`).hash,
    hash,
  );
  assert.notEqual(parse(GOOD.replace("60", "61").replace("40", "39")).hash, hash);
});

test("a password in an upstream is never repeated, wherever it stands", () => {
  for (const url of ["http://u:hun@ter2@a", "u:hun@ter2@a", "http://u:hun ter2@a", "ftp://u:hunter2@a"]) {
    assert.throws(
      () => parse(GOOD.replace("http://a:8000/", url)),
      ({ message }: Error) => /upstreams\[0\]/.test(message) && !/hun|ter2/.test(message),
    );
  }
});

test("what is no YAML is reported by its place, not by its text, which may be a secret", () => {
  const texts = [
    ']"hunter2"',
    "a: |hunter2\n b",
    "a: !hunter2 b",
    'a: "b" hunter2',
    'a: "hunter2',
    "- hunter2",
  ];
  for (const text of texts)
    assert.throws(
      () => parse(`${GOOD}${text}`),
      ({ message }: Error) => /x\.yaml:5:.* is not valid YAML: /.test(message) && !/hunter2/.test(message),
      text,
    );
});

test("the reference experiment is a good one", async () => {
  const file = fileURLToPath(new URL("../../../config/experiment.yaml", import.meta.url));
  const { config } = await loadConfig(file, {}, {});
  assert.deepEqual(
    config.variants.map(({ name, weight }) => `${name} ${weight}`),
    ["distilbert 50", "roberta 50"],
  );
});

test("problems come in the order of their lines", () => {
  const text =
    "experiment: { name: X }\nvariants:\n  - { name: a, weight: 300, upstreams: [] }\nnonsense: 1\nlog: { level: loud }\n";
  assert.throws(
    () => parseConfig(text, "f.yaml", {}, {}),
    (error) => {
      assert.ok(error instanceof ConfigError);
      const lines = error.problems.map(({ line }) => line ?? 0);
      assert.ok(lines.length >= 4);
      assert.deepEqual(
        lines,
        lines.toSorted((one, other) => one - other),
      );
      return true;
    },
  );
});

test("a worker's configuration is recognised as one", () => {
  assert.throws(() => parseConfig("name: a\nmodel: b\n", "f.yaml", {}, {}), /is a worker's configuration/);
});

test("ports that flags set are not blamed on the file", () => {
  const text = "experiment: { name: x }\nvariants: [{ name: a, weight: 100, upstreams: ['http://a'] }]\n";
  assert.throws(
    () => parseConfig(text, "f.yaml", { port: 9000, adminPort: 9000 }, {}),
    /^ConfigError: f\.yaml port 9000 is asked for by both listeners/,
  );
});
