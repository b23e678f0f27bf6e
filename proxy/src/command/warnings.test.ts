import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "selfsigned";
import type { Config } from "../config/config.ts";
import { parseConfig } from "../config/load.ts";
import { findWarnings } from "./warnings.ts";

const NOW = Date.UTC(2027, 0, 1);
const DAY = 86_400_000;
const QUIET = "identity: { cookie: { secure: true } }";

function parse(
  more: string,
  upstreams: readonly string[] = ["http://a", "http://b"],
  weights = [50, 50],
): Config {
  const variants = upstreams.map(
    (list, index) => `  - { name: v${index}, weight: ${weights[index]}, upstreams: [${list}] }`,
  );
  const text = [
    "experiment: { name: ranking, salt: sixteen-characters }",
    "variants:",
    ...variants,
    more,
    "",
  ].join("\n");
  return parseConfig(text, "experiment.yaml", {}, {}).config;
}

const warnings = (config: Config) =>
  findWarnings(config, NOW).map(({ path, message }) => `${path} ${message}`);

test("a careful file is warned of nothing", () => {
  assert.deepEqual(warnings(parse(QUIET)), []);
});

test("what is allowed and seldom meant is said, with the remedy", () => {
  const headers = '{ url: "http://a", headers: { authorization: Bearer x } }';
  const cases: readonly (readonly [Config, RegExp])[] = [
    [
      { ...parse(QUIET), experiment: { name: "a", phase: 1, salt: "" } },
      /experiment\.salt is empty: .*BLINDSPLIT_SALT/,
    ],
    [
      { ...parse(QUIET), experiment: { name: "a", phase: 1, salt: "fifteen-letters" } },
      /experiment\.salt has 15 characters, .*config_hash.*: use 16 at the least, `openssl rand -hex 16`/,
    ],
    [
      { ...parse(QUIET), experiment: { name: "a", phase: 1, salt: "sixteen-characters\n" } },
      /experiment\.salt has blanks or control characters at an end: .*assigns every user anew/,
    ],
    [
      parse(QUIET, ['"http://a"', '"http://b"', '"http://c"'], [50, 50, 0]),
      /variants\[2\]\.weight is 0: nobody gets v2/,
    ],
    [parse(QUIET, ['"http://a"'], [100]), /variants\[0\]\.weight is 100: everybody gets v0/],
    [parse(QUIET, ['"http://a"', '"http://a"']), /variants\[1\]\.upstreams\[0\] also serves v0/],
    [parse(QUIET, [headers, '"http://b"']), /variants\[0\]\.upstreams\[0\]\.headers travel as clear text/],
    [
      parse(QUIET, ['{ url: "https://a", tls: { verify: false } }', '"http://b"']),
      /upstreams\[0\]\.tls\.verify is false/,
    ],
    [parse(""), /identity\.cookie\.secure is false/],
    [
      parse(`${QUIET}\nlisten: { host: 0.0.0.0 }`),
      /identity\.header is believed from everybody who reaches 0\.0\.0\.0/,
    ],
    [parse(`${QUIET}\nadmin: { host: "::" }`), /admin\.token is not set: whoever reaches ::/],
    [
      parse(
        "identity: { cookie: { secure: true, secret: sixteen-characters, accept_unsigned_until: 2026-12-31 } }",
      ),
      /accept_unsigned_until has passed/,
    ],
  ];
  for (const [config, expected] of cases) {
    const found = warnings(config);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", expected);
  }
});

test("a rate limit says whom it lumps together, and who escapes it", () => {
  const found = (identity: string) =>
    warnings(parse(`identity: { ${identity} }\nlimits: { rate: { requests: 5, per: 1m } }`));
  const [hops, names, sessions, ...rest] = found("cookie: { secure: true }");
  assert.match(hops ?? "", /^limits\.rate counts .* by address: .*identity\.trusted_hops/);
  assert.match(names ?? "", /^limits\.rate .*x-user-id.*identity\.header\.trusted_from/);
  assert.match(sessions ?? "", /^limits\.rate counts sessions by address.*identity\.cookie\.secret/);
  assert.deepEqual(rest, []);
  const guarded = "header: { trusted_from: [10.0.0.0/8] }, trusted_hops: 1";
  assert.deepEqual(found(`${guarded}, cookie: { secure: true }`), [sessions]);
  assert.deepEqual(found(`${guarded}, cookie: { secure: true, secret: sixteen-characters }`), []);
});

test("what stays on this machine, or has a guard, is no warning", () => {
  const headers = '{ url: "http://127.0.0.1:1", headers: { authorization: Bearer x } }';
  for (const config of [
    parse(QUIET, [headers, '"http://b"']),
    parse(`${QUIET}\nlisten: { host: "::1" }\nadmin: { host: localhost }`),
    parse(`${QUIET}\nadmin: { host: 0.0.0.0, token: sixteen-characters }`),
    parse(
      "identity: { header: { trusted_from: [10.0.0.0/8] }, cookie: { secure: true } }\nlisten: { host: 0.0.0.0 }",
    ),
  ])
    assert.deepEqual(warnings(config), []);
});

test("a certificate is watched from two weeks before it expires", async () => {
  const expiring = async (days: number) => {
    const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
      notBeforeDate: new Date(NOW - 100 * DAY),
      notAfterDate: new Date(NOW + days * DAY),
      keyType: "ec",
    });
    const config = parse(QUIET);
    const tls = { cert: { file: "cert.pem", pem: cert }, key: { file: "key.pem", pem: key } };
    return warnings({ ...config, listen: { ...config.listen, tls } });
  };
  assert.deepEqual(await expiring(15), []);
  assert.match((await expiring(14)).join(), /^listen\.tls\.cert expires in 14 days, on Jan 15 /);
  assert.match((await expiring(0)).join(), /^listen\.tls\.cert expired on Jan {2}1 .*renew it$/);
});
