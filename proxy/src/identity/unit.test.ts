import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8AsLatin1 } from "../experiment/hash.ts";
import { clientAddress } from "./address.ts";
import { type BadId, identify, type Unit } from "./unit.ts";

const IDENTITY = {
  header: "x-user-id",
  cookie: { name: "model_session", ttlSeconds: 60, secure: false, sameSite: "Lax", domain: undefined },
  address: false,
  trustedHops: 0,
} as const;
const SESSION = "AAAAAAAAAAAAAAAAAAAAAA";
const NOBODY = { idHeader: [], cookies: [], remoteAddress: "192.0.2.7", forwardedFor: undefined };

const fromHeader = (...idHeader: string[]) => identify({ ...NOBODY, idHeader }, IDENTITY, () => SESSION);

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
    assert.deepEqual(fromHeader(utf8AsLatin1(id)), { source: "header", id: utf8AsLatin1(id) }, id);
  }
});

test("spaces and tabs around an id are no part of it, the byte A0 is", () => {
  assert.deepEqual(fromHeader(" \t alice \t"), { source: "header", id: "alice" });
  assert.deepEqual(fromHeader(`${utf8AsLatin1("voilà")} `), { source: "header", id: utf8AsLatin1("voilà") });
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
  const cookies = [`model_session=${"B".repeat(22)}`];
  const withAddress = { ...IDENTITY, address: true };
  const sources = [
    identify({ ...NOBODY, idHeader: ["a"], cookies }, withAddress, () => SESSION),
    identify({ ...NOBODY, cookies }, withAddress, () => SESSION),
    identify(NOBODY, withAddress, () => SESSION),
    identify(NOBODY, IDENTITY, () => SESSION),
  ];
  assert.deepEqual(sources, [
    { source: "header", id: "a" },
    { source: "cookie", id: "B".repeat(22) },
    { source: "address", id: "192.0.2.7" },
    { source: "new", id: SESSION },
  ]);
});

test("a cookie that cannot be read, or an address, gives a new session", () => {
  assert.equal(
    (identify({ ...NOBODY, cookies: ["model_session=short"] }, IDENTITY, () => SESSION) as Unit).source,
    "new",
  );
  const gone = { ...NOBODY, remoteAddress: "" };
  assert.equal((identify(gone, { ...IDENTITY, address: true }, () => SESSION) as Unit).source, "new");
});

test("the address is the one that the outermost trusted proxy saw", () => {
  const cases: readonly (readonly [string, string | undefined, number, string | undefined])[] = [
    ["10.0.0.1", "6.6.6.6, 192.0.2.9", 0, "10.0.0.1"],
    ["10.0.0.1", "6.6.6.6, 192.0.2.9", 1, "192.0.2.9"],
    ["10.0.0.1", "6.6.6.6, 192.0.2.9, 10.0.0.2", 2, "192.0.2.9"],
    ["10.0.0.1", "192.0.2.9", 3, "192.0.2.9"],
    ["10.0.0.1", undefined, 1, "10.0.0.1"],
    ["10.0.0.1", "192.0.2.9:5123", 1, "192.0.2.9"],
    ["10.0.0.1", "[2001:db8::1]:5123", 1, "2001:db8::1"],
    ["10.0.0.1", "unknown", 1, undefined],
    ["10.0.0.1", "", 1, undefined],
    ["::ffff:192.0.2.9", undefined, 0, "192.0.2.9"],
    ["::FFFF:c000:0209", undefined, 0, "192.0.2.9"],
    ["2001:DB8:0:0:0:0:0:1", undefined, 0, "2001:db8::1"],
    ["fe80::1%eth0", undefined, 0, "fe80::1"],
  ];
  for (const [remote, forwarded, hops, expected] of cases) {
    assert.equal(clientAddress(remote, forwarded, hops), expected, `${remote} ${forwarded} ${hops}`);
  }
});
