import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExperiment, problemsOf, refuseEach } from "../../../test/support/small-experiment.ts";

const SECRET = "sixteen-and-more";

test("the id's header is a name, or a map that says from where it counts", () => {
  const header = (yaml: string) => {
    const { header, headerTrustedFrom } = parseExperiment(`identity: { header: ${yaml} }`).identity;
    return [header, headerTrustedFrom];
  };
  assert.deepEqual(header("X-Account"), ["x-account", undefined]);
  assert.deepEqual(header("{ name: X-Account }"), ["x-account", undefined]);
  assert.deepEqual(header("{ trusted_from: [10.0.0.0/8, '::1/128', 192.0.2.7, 192.0.2.7/32] }"), [
    "x-user-id",
    ["10.0.0.0/8", "::1/128", "192.0.2.7/32"],
  ]);
});

test("a wrong header is told what is wrong with just the form that was meant", () => {
  refuseEach(
    [
      ["{ nam: x }", /^identity\.header\.nam: is no known key: did you mean name\?$/],
      ["5", /^identity\.header: must be the name of a header such as x-user-id, or a map .*, and is 5$/],
      ["{ name: host }", /^identity\.header\.name: "host" cannot be used here/],
      ["host", /^identity\.header: "host" cannot be used here/],
      ["{ trusted_from: [] }", /a list of 0 is too small: the least is 1$/],
      ["{ trusted_from: 10.0.0.0/8 }", /must be a list, and is "10\.0\.0\.0\/8"$/],
      [
        "{ trusted_from: [10.0.0.0/33] }",
        /trusted_from\[0\]: "10\.0\.0\.0\/33" is no block of addresses: write/,
      ],
    ],
    (yaml) => [`identity: { header: ${yaml} }`],
  );
});

test("a header with a meaning of its own names no user, and carries no token", () => {
  const ofRequests = ["X-Request-Id", "X-Forwarded-For", "x-forwarded-port", "forwarded", "via", "x-real-ip"];
  const ofCallers = [
    "origin",
    "accept-encoding",
    "access-control-request-method",
    "sec-fetch-site",
    "cookie",
  ];
  for (const name of [...ofRequests, ...ofCallers]) {
    assert.match(
      problemsOf(`identity: { header: ${name} }`).join(),
      /^identity\.header: .* cannot be used here: it has a meaning of its own in HTTP or to proxies/,
      name,
    );
  }
  const standard = [
    "accept",
    "Accept-Language",
    "user-agent",
    "authorization",
    "if-none-match",
    "content-md5",
  ];
  for (const name of [...ofRequests, ...ofCallers, ...standard]) {
    assert.match(
      problemsOf(`force: { secret: ${SECRET}, header: ${name} }`).join(),
      /^force\.header: .* cannot be used here: .*use a header such as x-blindsplit-force$/,
      name,
    );
  }
  for (const name of ["authorization", "x-account", "x-request-owner"])
    assert.equal(parseExperiment(`identity: { header: ${name} }`).identity.header, name);
});

test("one secret or several sign the cookie", () => {
  const secrets = (yaml: string, env = {}) =>
    parseExperiment(`identity: { cookie: { secret: ${yaml} } }`, { env }).identity.cookie.secrets;
  assert.deepEqual(secrets(SECRET), [SECRET]);
  assert.deepEqual(secrets(`[${SECRET}, "\${OLD}"]`, { OLD: "0123456789012345" }), [
    SECRET,
    "0123456789012345",
  ]);
  assert.deepEqual(secrets('"${NEW}"', { NEW: "0123456789012345" }), ["0123456789012345"]);
  assert.deepEqual(secrets("'sixteen and more\n\n  of them'"), ["sixteen and more\nof them"]);
  assert.deepEqual(parseExperiment("").identity.cookie.secrets, []);
});

test("a secret that could be guessed, or is none, is refused without being repeated", () => {
  refuseEach(
    [
      [
        "hunter2",
        /^identity\.cookie\.secret: has 7 characters, .* the least is 16, make one with `openssl rand -base64 32`$/,
      ],
      [`[${SECRET}, hunter2]`, /^identity\.cookie\.secret\[1\]: has 7 characters/],
      ["12345678901234567890", /secret: must be text in quotes, or a list of such texts: make one with/],
      ["{ a: hunter2 }", /secret: must be text in quotes, or a list of such texts: make one with/],
      ["[{ toString: hunter2 }]", /secret\[0\]: must be text, and is a map of keys: put it in quotes$/],
      ["[]", /a list of 0 is too small: the least is 1$/],
      ["x".repeat(257), /has 257 characters: the most is 256, make one with/],
      ...[" ".repeat(16), `${SECRET} `, `\t${SECRET}`, `${SECRET}\n`, `${SECRET}\u00a0`, `\0${SECRET}`].map(
        (text) =>
          [
            JSON.stringify(text),
            /secret: has blanks or control characters at an end: remove them \(a secret file/,
          ] as const,
      ),
    ],
    (yaml) => [`identity: { cookie: { secret: ${yaml} } }`],
  );
});

test("until when unsigned sessions count is a day or a moment", () => {
  const until = (yaml: string) =>
    parseExperiment(`identity: { cookie: { secret: ${SECRET}, accept_unsigned_until: ${yaml} } }`).identity
      .cookie.acceptUnsignedUntil;
  assert.equal(until("2027-01-31"), Date.UTC(2027, 0, 31));
  assert.equal(until("2027-01-31T12:00:00Z"), Date.UTC(2027, 0, 31, 12));
  assert.equal(until("'2027-01-31T12:00:00+02:00'"), Date.UTC(2027, 0, 31, 10));
  refuseEach(
    [
      [
        "2027-02-30",
        /"2027-02-30" is no day or moment: write one such as 2027-01-31 or 2027-01-31T12:00:00Z$/,
      ],
      ["soon", /"soon" is no day or moment/],
      ["2027-01-31T12:00:00", /is no day or moment/],
      ["20270131", /must be text, and is a number: put it in quotes$/],
    ],
    (yaml) => [`identity: { cookie: { secret: ${SECRET}, accept_unsigned_until: ${yaml} } }`],
  );
  assert.match(
    problemsOf("identity: { cookie: { accept_unsigned_until: 2027-01-31 } }").join(),
    /accept_unsigned_until: needs identity\.cookie\.secret/,
  );
});

test("forcing a variant needs a secret and a name of its own", () => {
  assert.equal(parseExperiment("").force, undefined);
  assert.deepEqual(parseExperiment(`force: { secret: ${SECRET} }`).force, {
    header: "x-blindsplit-force",
    secrets: [SECRET],
  });
  assert.deepEqual(parseExperiment(`force: { secret: [${SECRET}], header: X-QA }`).force?.header, "x-qa");
  refuseEach([
    ["force: {}", /^force\.secret: is missing: make one with `openssl rand -base64 32`$/],
    [`force: { secret: ${SECRET}, heder: x }`, /^force\.heder: is no known key: did you mean header\?$/],
    [
      `force: { secret: ${SECRET}, header: X-User-Id }`,
      /^force\.header: is the same name as identity\.header/,
    ],
    [
      `force: { secret: ${SECRET} }\nidentity: { header: { name: x-blindsplit-force } }`,
      /^force\.header: is the same name as identity\.header/,
    ],
    [
      `force: { secret: ${SECRET}, header: s }\nidentity: { cookie: { name: s } }`,
      /^force\.header: is the same name as identity\.cookie\.name/,
    ],
  ]);
});
