import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../config/load.ts";
import { findChanges } from "./changes.ts";

const NOW = Date.UTC(2027, 0, 1);
const [ONE, OTHER, THIRD] = ["the first secret of all", "the other secret of all", "the third secret of all"];

function parse(more: string, experiment = "name: ranking", names = ["current", "next"]) {
  const variants = names.map(
    (name) => `  - { name: ${name}, weight: ${100 / names.length}, upstreams: ["http://a/${name}"] }`,
  );
  const text = [`experiment: { ${experiment} }`, "variants:", ...variants, more, ""].join("\n");
  return parseConfig(text, "experiment.yaml", {}, {}).config;
}

const changes = (before: ReturnType<typeof parse>, after: ReturnType<typeof parse>) =>
  findChanges(before, after, NOW).map(({ path, message }) => `${path} ${message}`);

test("a file that says the same changes nothing", () => {
  const full = `identity: { address: on, cookie: { secret: ${ONE} } }\nforce: { secret: ${OTHER} }`;
  assert.deepEqual(changes(parse(full), parse(full)), []);
});

test("what the experiment's counters notice", () => {
  const [none] = [parse("")];
  for (const [after, expected] of [
    [
      parse("", "name: search"),
      [/^experiment\.name changes from ranking to search: its counters begin anew/],
    ],
    [parse("", "name: ranking, phase: 2"), [/^experiment\.phase changes from 1 to 2/]],
    [
      parse("", "name: ranking", ["next", "newest"]),
      [/newest is new/, /current is gone/, /the control is next, not current/],
    ],
  ] as const) {
    const found = changes(none, after);
    assert.equal(found.length, expected.length, found.join("\n"));
    for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? "", pattern);
  }
});

test("what callers notice of identity and force tokens", () => {
  const cookie = (inner: string) => `identity: { cookie: { ${inner} } }`;
  const unsigned = (until: string) => cookie(`secret: ${ONE}, accept_unsigned_until: ${until}`);
  const cases: readonly (readonly [string, string, RegExp | undefined])[] = [
    ["", "identity: { header: x-account }", /identity\.header changes from x-user-id to x-account/],
    [
      "",
      "identity: { header: { trusted_from: [10.0.0.0/8] } }",
      /trusted_from leaves 10\.0\.0\.0\/8: ids from elsewhere/,
    ],
    ["identity: { header: { trusted_from: [10.0.0.0/8] } }", "", undefined],
    ["", cookie("name: other"), /cookie\.name changes from model_session to other: all sessions are lost/],
    ["", cookie("secure: true"), /cookie\.secure becomes true/],
    ["", cookie(`secret: ${ONE}`), /cookie\.secret is new: all sessions are lost; .*accept_unsigned_until/],
    ["", cookie(`secret: ${ONE}, accept_unsigned_until: 2026-12-31`), /is new: all sessions are lost/],
    ["", cookie(`secret: ${ONE}, accept_unsigned_until: 2027-02-01`), /taken over until 2027-02-01T00:00:00/],
    [
      cookie(`secret: ${ONE}`),
      "",
      /cookie\.secret is gone: .* no longer signed, so that callers can make them/,
    ],
    ["", cookie("ttl: 1d"), /cookie\.ttl becomes shorter, 1d instead of 30d: whoever stays away/],
    ["", cookie("ttl: 31d"), undefined],
    [
      cookie(`secret: [${ONE}, ${OTHER}]`),
      cookie(`secret: ${ONE}`),
      /loses 1 of the secrets that verified until now: .* unless they were used since/,
    ],
    [
      cookie(`secret: [${ONE}, ${OTHER}, ${THIRD}]`),
      cookie(`secret: ${ONE}`),
      /loses 2 of the secrets that verified/,
    ],
    [unsigned("2027-02-01"), unsigned("2027-02-01"), undefined],
    [
      unsigned("2027-02-01"),
      cookie(`secret: ${ONE}`),
      /unsigned_until no longer takes unsigned sessions over, as it did until 2027-02-01T00:00:00\.000Z: those/,
    ],
    [unsigned("2027-02-01"), unsigned("2026-12-31"), /no longer takes unsigned sessions over/],
    [
      unsigned("2027-02-01"),
      unsigned("2027-01-15"),
      /unsigned_until moves earlier, from 2027-02-01T\S+ to 2027-01-15T\S+: unsigned sessions that are not used/,
    ],
    [unsigned("2026-12-31"), cookie(`secret: ${ONE}`), undefined],
    [unsigned("2026-12-31"), unsigned("2026-12-01"), undefined],
    [
      unsigned("2027-01-15"),
      unsigned("2027-02-01"),
      /until 2027-02-01T\S+: until then callers can make them up/,
    ],
    [cookie(`secret: ${ONE}`), cookie(`secret: [${ONE}, ${OTHER}]`), undefined],
    [cookie(`secret: [${ONE}, ${OTHER}]`), cookie(`secret: [${OTHER}, ${ONE}]`), undefined],
    [
      cookie(`secret: [${ONE}, ${OTHER}]`),
      cookie(`secret: ${OTHER}`),
      /loses the secret that signed until now/,
    ],
    [
      cookie(`secret: ${ONE}`),
      cookie(`secret: [${OTHER}, ${ONE}]`),
      /replicas with the former file do not know/,
    ],
    ["", "identity: { address: on }", /address becomes on/],
    ["identity: { address: on }", "", /address becomes off: .* assigned anew/],
    [
      "identity: { address: on }",
      "identity: { address: on, trusted_hops: 1 }",
      /trusted_hops changes from 0 to 1/,
    ],
    ["", "identity: { trusted_hops: 1 }", undefined],
    ["", `force: { secret: ${ONE} }`, undefined],
    [`force: { secret: ${ONE} }`, "", /force is gone/],
    [`force: { secret: ${ONE} }`, `force: { secret: ${OTHER} }`, /force\.secret loses the secret/],
    [`force: { secret: ${ONE} }`, `force: { secret: [${OTHER}, ${ONE}] }`, undefined],
    [
      `force: { secret: [${ONE}, ${OTHER}] }`,
      `force: { secret: ${ONE} }`,
      /force\.secret loses 1 of the secrets that verified until now: tokens/,
    ],
    [
      `force: { secret: ${ONE} }`,
      `force: { secret: ${ONE}, header: x-qa }`,
      /to x-qa: a token in the former/,
    ],
  ];
  for (const [before, after, expected] of cases) {
    const found = changes(parse(before), parse(after));
    assert.equal(found.length, expected === undefined ? 0 : 1, `${before} → ${after}: ${found.join("\n")}`);
    if (expected !== undefined) assert.match(found[0] ?? "", expected);
    for (const secret of [ONE, OTHER, THIRD]) assert.ok(!found.join().includes(secret), "a secret was said");
  }
});

test("of several secrets that come and go, each loss is said", () => {
  const secrets = (list: string) => parse(`identity: { cookie: { secret: ${list}, ttl: 30d } }`);
  const found = changes(secrets(`[${ONE}, ${OTHER}]`), secrets(THIRD));
  assert.equal(found.length, 3, found.join("\n"));
  for (const [index, expected] of [
    /loses the secret that signed/,
    /loses 1 of/,
    /signs with a secret/,
  ].entries())
    assert.match(found[index] ?? "", expected);
  const force = (inner: string) => parse(`force: { ${inner} }`);
  const lost = changes(force(`secret: [${ONE}, ${OTHER}]`), force(`secret: ${THIRD}, header: x-qa`));
  assert.equal(lost.length, 3, lost.join("\n"));
});
