import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSessionCookies } from "./cookie.ts";
import { createForce, readForceToken, signForceToken } from "./force.ts";

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;
const [SECRET, OLDER] = ["the newer secret of ours", "the older secret of ours"];
const CLAIM = { experiment: "ranking", variant: "next", expiresAt: NOW + HOUR };

function read(token: string, { secrets = [SECRET, OLDER], experiment = "ranking", now = NOW } = {}) {
  const force = createForce({ header: "x-force", secrets }, experiment, ["current", "next"], {
    now: () => now,
  });
  return force?.read(token) ?? assert.fail("tokens must be taken");
}

function flawOf(...parameters: Parameters<typeof read>): readonly [string, string] {
  const flawed = read(...parameters);
  assert.ok("flaw" in flawed, "the token was taken");
  return [flawed.flaw, flawed.detail];
}

test("without a force section no tokens are taken", () => {
  assert.equal(createForce(undefined, "ranking", ["next"], { now: () => NOW }), undefined);
});

test("a token forces its variant until it expires, whichever of the secrets signed it", () => {
  for (const secret of [SECRET, OLDER]) {
    const token = signForceToken(CLAIM, secret);
    assert.match(token, /^[\w-]+\.[\w-]{43}$/);
    assert.deepEqual(read(token), { variant: 1 });
    assert.deepEqual(read(token, { now: NOW + HOUR - 1 }), { variant: 1 });
    assert.equal(flawOf(token, { now: NOW + HOUR })[0], "expired");
  }
});

test("a bad token is refused with what is wrong and the remedy", () => {
  const token = signForceToken(CLAIM, SECRET);
  const foreign = signForceToken(CLAIM, "a secret of someone else");
  const unknown = signForceToken({ ...CLAIM, variant: "previous" }, SECRET);
  const cases: readonly (readonly [Parameters<typeof read>, string, RegExp])[] = [
    [[""], "malformed", /cut off, repeated or none: copy all of it/],
    [[token.slice(0, -1)], "malformed", /copy all of it/],
    [[`${token},${token}`], "malformed", /repeated/],
    [[`${"A".repeat(1000)}${token}`], "malformed", /none/],
    [[foreign], "bad_signature", /not signed with a secret of this gateway \(force\.secret\)/],
    [[token, { secrets: [OLDER] }], "bad_signature", /make another with force-token/],
    [[token, { now: CLAIM.expiresAt }], "expired", /expired 0 seconds ago: make another/],
    [[token, { now: CLAIM.expiresAt + 3 * 60_000 }], "expired", /expired 3 minutes ago/],
    [[token, { now: CLAIM.expiresAt + HOUR }], "expired", /expired 1 hour ago/],
    [[token, { now: CLAIM.expiresAt + 50 * HOUR }], "expired", /expired 2 days ago/],
    [
      [token, { experiment: "other" }],
      "other_experiment",
      /for the experiment "ranking", which does not run/,
    ],
    [[unknown], "unknown_variant", /for the variant "previous", which this experiment does not have/],
  ];
  for (const [parameters, flaw, detail] of cases) {
    const [found, said] = flawOf(...parameters);
    assert.equal(found, flaw);
    assert.match(said, detail);
    assert.ok(!said.includes(SECRET) && !said.includes(token.slice(0, 20)), "a secret or the token was said");
  }
});

test("no token survives a changed character, and no text is a token", () => {
  const token = signForceToken(CLAIM, SECRET);
  for (let at = 0; at < token.length; at++) {
    const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
    assert.ok("flaw" in read(changed), `character ${at}`);
  }
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => "flaw" in read(text)));
});

test("a signed payload that is no claim is malformed", () => {
  // Signing takes any claim: these are what another program with the secret might sign.
  for (const claim of [{ ...CLAIM, expiresAt: "soon" }, { ...CLAIM, variant: 1 }, { expiresAt: 1 }]) {
    const token = signForceToken(claim as unknown as typeof CLAIM, SECRET);
    assert.equal(flawOf(token)[0], "malformed", JSON.stringify(claim));
  }
});

test("a session's signature makes no token with the same secret, nor the other way round", () => {
  const cookie = { name: "s", ttlSeconds: 60, secure: false, sameSite: "Lax", domain: undefined } as const;
  const cookies = createSessionCookies(
    { ...cookie, secrets: [SECRET], acceptUnsignedUntil: undefined },
    { now: () => NOW },
  );
  const id = "abcdefghijklmnopqrstu0";
  const session = cookies.open(id).setCookie.slice(2, 47);
  assert.match(session, /^[\w-]{22}\.[\w-]{22}$/);
  assert.equal(flawOf(session)[0], "malformed");
  const [, signature = ""] = signForceToken(CLAIM, SECRET).split(".");
  assert.equal(cookies.read([`s=${id}.${signature.slice(0, 22)}`]).session, undefined);
});

test("the token is the header's, else the cookie's of the same name", () => {
  const cases: readonly (readonly [readonly string[], readonly string[], string | undefined])[] = [
    [[], [], undefined],
    [["a.b"], ["x-force=c.d"], "a.b"],
    [[" a.b\t"], [], "a.b"],
    [[], ["s=1; x-force=c.d; b=2"], "c.d"],
    [[], ["x-force=; x-force=c.d"], "c.d"],
    [[], ["x-force=", "xx-force=c.d"], undefined],
    [[""], [], ""],
    [["a.b", "a.b"], [], ""],
  ];
  for (const [headers, cookies, expected] of cases)
    assert.equal(readForceToken(headers, cookies, "x-force"), expected, `${headers}|${cookies}`);
});
