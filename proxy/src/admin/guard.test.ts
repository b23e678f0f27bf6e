import assert from "node:assert/strict";
import { test } from "node:test";
import { findForeign, findUnauthorised } from "./guard.ts";

const TOKEN = "a-token-of-this-listener";

test("without a token in the configuration none is asked for", () => {
  assert.equal(findUnauthorised({}, undefined), undefined);
  assert.equal(findUnauthorised({ authorization: "Basic eDp5" }, undefined), undefined);
});

test("the token is taken as a bearer token, whatever the case of the scheme", () => {
  for (const authorization of [`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER  ${TOKEN} `])
    assert.equal(findUnauthorised({ authorization }, TOKEN), undefined, authorization);
});

test("anything else is refused without saying the token", () => {
  for (const authorization of [
    undefined,
    "",
    "Bearer",
    "Bearer ",
    TOKEN,
    `Basic ${TOKEN}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Bearer ${TOKEN.toUpperCase()}`,
    `Bearer ${TOKEN} ${TOKEN}`,
    "Bearer é",
  ]) {
    const reason = findUnauthorised(authorization === undefined ? {} : { authorization }, TOKEN);
    assert.match(reason ?? "accepted", /admin\.token/, String(authorization));
    assert.ok(!reason?.includes(TOKEN));
  }
});

test("a Host is ours where it is an address, localhost or listed, with or without a port", () => {
  for (const host of [
    "10.0.0.7",
    "10.0.0.7:8081",
    "[::1]",
    "[2001:db8::1]:8081",
    "LOCALHOST",
    "localhost.:8081",
    "Proxy.Internal:1",
  ])
    assert.equal(findForeign({ host }, ["proxy.internal"]), undefined, host);
  for (const host of [
    "",
    "evil.example",
    "10.0.0.7.evil.example",
    "[::1",
    "localhost.evil.example",
    "localhost..",
    "proxy.internal.",
  ])
    assert.match(findForeign({ host }, ["proxy.internal"]) ?? "accepted", /listed in admin\.hosts/, host);
});

test("whoever names no Host is no browser, and passes; with an Origin it is foreign all the same", () => {
  assert.equal(findForeign({}, []), undefined);
  assert.match(findForeign({ origin: "http://evil.example" }, []) ?? "accepted", /is not this listener/);
  assert.match(findForeign({ origin: "http://undefined" }, []) ?? "accepted", /is not this listener/);
});

test("an Origin is ours where it is this very listener", () => {
  const host = "localhost:8081";
  assert.equal(findForeign({ host, origin: "http://localhost:8081" }, []), undefined);
  for (const origin of ["null", "", "https://localhost:8081", "http://localhost:8080", "http://evil.example"])
    assert.match(findForeign({ host, origin }, []) ?? "accepted", /is not this listener/, origin);
});
