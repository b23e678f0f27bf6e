import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8AsLatin1 } from "../experiment/hash.ts";
import { type BadId, createIdentifier, type IdentityRequest, type Unit } from "./unit.ts";

const IDENTITY = {
  header: "x-user-id",
  headerTrustedFrom: undefined,
  cookie: {
    name: "model_session",
    ttlSeconds: 60,
    secure: false,
    sameSite: "Lax",
    domain: undefined,
    secrets: [],
    acceptUnsignedUntil: undefined,
  },
  address: false,
  trustedHops: 0,
} as const;
const SESSION = "AAAAAAAAAAAAAAAAAAAAAA";
const NOBODY = { idHeader: [], cookies: [], remoteAddress: "192.0.2.7", forwardedFor: undefined };
const DEPENDENCIES = { now: () => 0, newSessionId: () => SESSION };

const identify = (
  request: Partial<IdentityRequest>,
  identity: Parameters<typeof createIdentifier>[0] = IDENTITY,
) => createIdentifier(identity, DEPENDENCIES)({ ...NOBODY, ...request });
const fromHeader = (...idHeader: string[]) => identify({ idHeader });

function named(id: string): Unit {
  return {
    source: "header",
    id,
    setCookie: undefined,
    ignoredHeader: false,
    forgedCookie: false,
    signedCookie: false,
  };
}

/** The parts of a unit that its source alone does not settle. */
function brief(unit: Unit | BadId): readonly unknown[] {
  assert.ok(!("code" in unit), "the id was refused");
  return [unit.source, unit.id, unit.setCookie?.split("; ")[0], unit.ignoredHeader, unit.forgedCookie];
}

function refusal(unit: Unit | BadId): BadId {
  assert.ok("code" in unit, "the id was accepted");
  return unit;
}

test("an id of any script is taken by its bytes", () => {
  for (const id of [
    "alice",
    "Łukasz",
    "à",
    "voilà",
    "名前",
    "😃",
    "e\u0301",
    "O'Brien",
    "a,b",
    "x y",
    "a".repeat(256),
    "😃".repeat(64),
  ]) {
    assert.deepEqual(fromHeader(utf8AsLatin1(id)), named(utf8AsLatin1(id)), id);
  }
});

test("spaces and tabs around an id are no part of it, the byte A0 is", () => {
  assert.deepEqual(fromHeader(" \t alice \t"), named("alice"));
  assert.deepEqual(fromHeader(`${utf8AsLatin1("voilà")} `), named(utf8AsLatin1("voilà")));
});

test("a bad id is refused with its code, its limit and the remedy", () => {
  const cases: readonly (readonly [string[], string, RegExp])[] = [
    [[""], "id_empty", /x-user-id is empty: send 1 to 256 bytes, or leave the header out/],
    [[" \t "], "id_empty", /empty/],
    [["a".repeat(257)], "id_too_long", /has 257 bytes of UTF-8: send at most 256/],
    [[utf8AsLatin1("😃".repeat(65))], "id_too_long", /has 260 bytes/],
    [["a\u0000b"], "id_control_character", /at position 2.*remove it/],
    [["a\tb"], "id_control_character", /at position 2/],
    [["a\u007f"], "id_control_character", /at position 2/],
    [[utf8AsLatin1("é\u0085")], "id_control_character", /at position 2/],
    [["\u00e9"], "id_not_utf8", /encode it as UTF-8/],
    [["\u00ed\u00a0\u0080"], "id_not_utf8", /not valid UTF-8/],
    [["alice", "alice"], "id_repeated", /was sent 2 times: send it once/],
  ];
  for (const [values, code, detail] of cases) {
    const bad = refusal(fromHeader(...values));
    assert.equal(bad.code, code);
    assert.match(bad.detail, detail);
  }
});

test("any bytes are either taken as they are, without blanks around, or refused without being repeated", () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
  fc.assert(
    fc.property(bytes, (value) => {
      const unit = fromHeader(value);
      if ("code" in unit) return value.length < 60 || !unit.detail.includes(value);
      return unit.id === value.replace(/^[ \t]+|[ \t]+$/g, "");
    }),
    { numRuns: 2000 },
  );
});

test("header goes before cookie, cookie before address, address before a new session", () => {
  const id = "B".repeat(22);
  const cookies = [`model_session=${id}`];
  const withAddress = { ...IDENTITY, address: true };
  const sources = [
    identify({ idHeader: ["a"], cookies }, withAddress),
    identify({ cookies }, withAddress),
    identify({}, withAddress),
    identify({}),
  ];
  assert.deepEqual(sources.map(brief), [
    ["header", "a", undefined, false, false],
    ["cookie", id, `model_session=${id}`, false, false],
    ["address", "192.0.2.7", undefined, false, false],
    ["new", SESSION, `model_session=${SESSION}`, false, false],
  ]);
});

test("a cookie that cannot be read, or an address, gives a new session", () => {
  assert.equal(brief(identify({ cookies: ["model_session=short"] }))[0], "new");
  assert.equal(brief(identify({ remoteAddress: "" }, { ...IDENTITY, address: true }))[0], "new");
});

test("an untrusted peer names nobody: the next source decides, even where the id is a bad one", () => {
  const identity = { ...IDENTITY, headerTrustedFrom: ["10.0.0.0/8"] };
  const cookies = [`model_session=${"B".repeat(22)}`];
  assert.deepEqual(identify({ idHeader: ["alice"], remoteAddress: "10.1.2.3" }, identity), named("alice"));
  assert.ok("code" in identify({ idHeader: [""], remoteAddress: "10.1.2.3" }, identity));
  for (const idHeader of [["alice"], [""], ["a", "b"], ["\u00e9"]]) {
    assert.deepEqual(brief(identify({ idHeader, cookies }, identity)).slice(0, 4), [
      "cookie",
      "B".repeat(22),
      `model_session=${"B".repeat(22)}`,
      true,
    ]);
    const byAddress = brief(identify({ idHeader }, { ...identity, address: true }));
    assert.deepEqual(byAddress, ["address", "192.0.2.7", undefined, true, false]);
    assert.deepEqual(brief(identify({ idHeader }, identity))[3], true);
  }
  assert.equal(brief(identify({}, identity))[3], false);
});

test("trust goes by the peer, not by what it says of others", () => {
  const identity = { ...IDENTITY, headerTrustedFrom: ["10.0.0.0/8"], trustedHops: 1 };
  const claimed = { idHeader: ["alice"], remoteAddress: "192.0.2.7", forwardedFor: "10.1.2.3" };
  assert.equal(brief(identify(claimed, identity))[0], "new");
});

test("a forged session gives a signed new one and is noticed; the id of a signed one is what it was", () => {
  const identity = { ...IDENTITY, cookie: { ...IDENTITY.cookie, secrets: ["sixteen characters"] } };
  const forged = brief(identify({ cookies: [`model_session=${"B".repeat(22)}`] }, identity));
  assert.deepEqual([forged[0], forged[1], forged[4]], ["new", SESSION, true]);
  const cookie = String(forged[2]);
  assert.deepEqual(brief(identify({ cookies: [cookie] }, identity)), [
    "cookie",
    SESSION,
    cookie,
    false,
    false,
  ]);
});

test("a unit tells whether its session was signed, so that nobody can have made it up", () => {
  const bare = `model_session=${"B".repeat(22)}`;
  const isSigned = (cookie: string, more: object) => {
    const unit = identify({ cookies: [cookie] }, { ...IDENTITY, cookie: { ...IDENTITY.cookie, ...more } });
    assert.ok(!("code" in unit));
    return [unit.source, unit.signedCookie];
  };
  const secrets = ["a secret of sixteen characters"];
  const issued = identify({}, { ...IDENTITY, cookie: { ...IDENTITY.cookie, secrets } });
  const signed = "code" in issued ? "" : (issued.setCookie?.split("; ")[0] ?? "");
  assert.deepEqual(isSigned(signed, { secrets }), ["cookie", true]);
  assert.deepEqual(isSigned(signed, { secrets: ["another of sixteen characters", ...secrets] }), [
    "cookie",
    true,
  ]);
  assert.deepEqual(isSigned(bare, { secrets, acceptUnsignedUntil: 1 }), ["cookie", false]);
  assert.deepEqual(isSigned(bare, {}), ["cookie", false]);
  assert.deepEqual(isSigned(signed, {}), ["cookie", false]);
});
