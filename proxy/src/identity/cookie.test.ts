import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSessionCookies, createSessionIds } from "./cookie.ts";

const COOKIE = {
  name: "s",
  ttlSeconds: 2_592_000,
  secure: false,
  sameSite: "Lax",
  domain: undefined,
  secrets: [],
  acceptUnsignedUntil: undefined,
} as const;
const ID = "abcdefghijklmnopqrstu0";
const SIGNATURE = "AAAAAAAAAAAAAAAAAAAAAA";
const never = () => assert.fail("the clock was asked");

const unsigned = createSessionCookies(COOKIE, { now: never });
const readUnsigned = (headers: readonly string[]) => unsigned.read(headers).session?.id;

test("a new session id has 22 base64url characters and never comes twice", () => {
  const ids = Array.from({ length: 1000 }, createSessionIds());
  assert.ok(ids.every((id) => /^[A-Za-z0-9_-]{22}$/.test(id)));
  assert.equal(new Set(ids).size, ids.length);
});

test("a session is found wherever it stands among the cookies", () => {
  const headers = [
    [`s=${ID}`],
    [`a=1; s=${ID}; b=2`],
    [`a=1;s=${ID} `],
    ["a=1", `s=${ID}`],
    [`s=short; s=${ID}`],
    [`;; \t s=${ID};`],
    [`xs=1; s=; s=${ID}`],
  ];
  for (const header of headers) assert.equal(readUnsigned(header), ID, header.join("|"));
});

test("anything without the shape of a session is none, and without secrets nothing is called forged", () => {
  for (const header of [
    "",
    "s",
    "s=",
    `xs=${ID}`,
    `S=${ID}`,
    `s=${ID}x`,
    `s="${ID}"`,
    `s=${ID.slice(1)}`,
    `s=${ID.slice(1)}é`,
    `a="s=${ID}"`,
    `s=${ID}.`,
    `s=${ID}.${SIGNATURE}.${SIGNATURE}`,
  ]) {
    assert.deepEqual(unsigned.read([header]), { session: undefined, forged: false }, header);
  }
});

test("no Cookie header whatever gives anything but a session id", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom("s", "=", ";", " ", "\t", "A", "é") })),
      (headers) => {
        const session = readUnsigned(headers);
        return session === undefined || /^[\w-]{22}$/.test(session);
      },
    ),
  );
});

test("the cookie says how long it lives and who may see it", () => {
  assert.equal(unsigned.open(ID).setCookie, `s=${ID}; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax`);
  const strict = { ...COOKIE, secure: true, sameSite: "None", domain: "example.com" } as const;
  assert.equal(
    createSessionCookies(strict, { now: never }).open(ID).setCookie,
    `s=${ID}; Max-Age=2592000; Path=/; HttpOnly; SameSite=None; Secure; Domain=example.com`,
  );
});

const [OLD, NEW, FOREIGN] = [
  "the older secret of ours",
  "the newer secret of ours",
  "a secret of someone else",
];

function signed(secrets: readonly string[], acceptUnsignedUntil?: number, now: () => number = never) {
  return createSessionCookies({ ...COOKIE, secrets, acceptUnsignedUntil }, { now });
}

const pairOf = (setCookie: string | undefined) => setCookie?.split("; ")[0] ?? "";

test("a signed session is read back with its id alone, and renewed as it is", () => {
  const cookies = signed([NEW]);
  const { id, setCookie } = cookies.open(ID);
  assert.equal(id, ID);
  assert.match(setCookie, /^s=[\w-]{22}\.[\w-]{22}; Max-Age=/);
  const session = { id: ID, setCookie, isSigned: true };
  assert.deepEqual(cookies.read([pairOf(setCookie)]), { session, forged: false });
});

test("the signature is HMAC-SHA256 of the id, cut to 128 bits", () => {
  // printf %s abcdefghijklmnopqrstu0 | openssl dgst -sha256 -hmac 'the newer secret of ours' -binary | head -c16 | basenc --base64url
  assert.equal(pairOf(signed([NEW]).open(ID).setCookie), `s=${ID}.NSRPL83XnEOH2moR18cl-Q`);
});

test("no session survives a changed character, whichever it is", () => {
  const cookies = signed([NEW]);
  const value = pairOf(cookies.open(ID).setCookie).slice(2);
  for (let at = 0; at < value.length; at++) {
    for (const other of ["A", "B", "."]) {
      if (value[at] === other) continue;
      const changed = value.slice(0, at) + other + value.slice(at + 1);
      assert.deepEqual(cookies.read([`s=${changed}`]), { session: undefined, forged: true }, changed);
    }
  }
});

test("forged and unreadable cookies are passed over and noticed; having none is neither", () => {
  const cookies = signed([NEW]);
  const foreign = pairOf(signed([FOREIGN]).open(ID).setCookie);
  for (const header of ["s=", "s=x", `s=${ID}`, foreign, `${foreign}; ${foreign}`])
    assert.deepEqual(cookies.read([header]), { session: undefined, forged: true }, header);
  for (const headers of [[], [""], ["a=1"], [`xs=${ID}`]])
    assert.deepEqual(cookies.read(headers), { session: undefined, forged: false }, headers.join());
});

test("of several cookies of the name the first valid one wins", () => {
  const cookies = signed([NEW]);
  const [planted, ours, later] = [signed([FOREIGN]), cookies, cookies].map(({ open }, index) =>
    pairOf(open(`${index}`.repeat(22)).setCookie),
  );
  const { session, forged } = cookies.read([`${planted}; ${ours}; ${later}`]);
  assert.deepEqual([session?.id, forged], ["1".repeat(22), true]);
});

test("secrets rotate: what the older one signed stays the same unit and is renewed with the newer one", () => {
  const issued = pairOf(signed([OLD]).open(ID).setCookie);
  const rotated = signed([NEW, OLD]);
  const { session, forged } = rotated.read([issued]);
  assert.deepEqual([session?.id, forged], [ID, false]);
  assert.equal(session?.setCookie, rotated.open(ID).setCookie);
  assert.notEqual(pairOf(session?.setCookie), issued);
  assert.equal(signed([NEW]).read([pairOf(session?.setCookie)]).session?.id, ID);
  assert.equal(signed([NEW]).read([issued]).session, undefined);
});

test("switching signing on moves nobody until the date, and a request before it is enough", () => {
  let now = 999;
  const cookies = signed([NEW], 1000, () => now);
  const { session, forged } = cookies.read([`s=${ID}`]);
  assert.deepEqual([session?.id, forged], [ID, false]);
  now = 1000;
  assert.deepEqual(cookies.read([`s=${ID}`]), { session: undefined, forged: true });
  assert.equal(cookies.read([pairOf(session?.setCookie)]).session?.id, ID);
});

test("a replica that does not sign keeps the sessions of those that do", () => {
  assert.equal(readUnsigned([pairOf(signed([NEW]).open(ID).setCookie)]), ID);
});

test("a Cookie header of forgeries costs a few signatures, not hundreds", () => {
  const cookies = signed([NEW]);
  const forgeries = Array.from({ length: 600 }, () => `s=${ID}.${SIGNATURE}`);
  const ours = pairOf(cookies.open(ID).setCookie);
  assert.deepEqual(cookies.read([[...forgeries, ours].join("; ")]), { session: undefined, forged: true });
  assert.equal(cookies.read([[...forgeries.slice(0, 7), ours].join("; ")]).session?.id, ID);
});
