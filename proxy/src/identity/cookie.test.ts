import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSessionIds, readSession, sessionCookie } from "./cookie.ts";

const COOKIE = {
  name: "s",
  ttlSeconds: 2_592_000,
  secure: false,
  sameSite: "Lax",
  domain: undefined,
} as const;
const ID = "abcdefghijklmnopqrstu0";

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
  for (const header of headers) assert.equal(readSession(header, "s"), ID, header.join("|"));
});

test("anything without the shape of a session id is none", () => {
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
  ]) {
    assert.equal(readSession([header], "s"), undefined, header);
  }
});

test("no Cookie header whatever gives anything but a session id", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom("s", "=", ";", " ", "\t", "A", "é") })),
      (headers) => {
        const session = readSession(headers, "s");
        return session === undefined || /^[\w-]{22}$/.test(session);
      },
    ),
  );
});

test("what Set-Cookie gives is read back", () => {
  const id = createSessionIds()();
  assert.equal(readSession([sessionCookie(id, COOKIE).split("; ")[0] ?? ""], "s"), id);
});

test("the cookie says how long it lives and who may see it", () => {
  assert.equal(sessionCookie(ID, COOKIE), `s=${ID}; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax`);
  assert.equal(
    sessionCookie(ID, { ...COOKIE, secure: true, sameSite: "None", domain: "example.com" }),
    `s=${ID}; Max-Age=2592000; Path=/; HttpOnly; SameSite=None; Secure; Domain=example.com`,
  );
});
