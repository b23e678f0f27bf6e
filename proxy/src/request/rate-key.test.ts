import assert from "node:assert/strict";
import test from "node:test";
import type { UnitSource } from "../identity/unit.ts";
import { rateKey as keyOf } from "./rate-key.ts";

const rateKey = (source: UnitSource, id: string, address: string, signedCookie = false) =>
  keyOf({ source, id, signedCookie }, address);

test("a unit with a lasting id is counted by it, wherever it calls from", () => {
  assert.equal(rateKey("header", "alice", "192.0.2.1"), rateKey("header", "alice", "192.0.2.2"));
  assert.notEqual(rateKey("header", "alice", "192.0.2.1"), rateKey("header", "bob", "192.0.2.1"));
  assert.equal(rateKey("cookie", "x", "192.0.2.1", true), rateKey("cookie", "x", "192.0.2.2", true));
});

test("a session that nobody signed is counted by the address, so that making up sessions gains nothing", () => {
  assert.equal(rateKey("cookie", "x", "192.0.2.1"), rateKey("cookie", "y", "192.0.2.1"));
  assert.equal(rateKey("cookie", "x", "192.0.2.1"), rateKey("new", "z", "192.0.2.1"));
  assert.notEqual(rateKey("cookie", "x", "192.0.2.1"), rateKey("cookie", "x", "192.0.2.2"));
});

test("a new session is counted by the address, so that dropping the cookie gains nothing", () => {
  assert.equal(rateKey("new", "first", "192.0.2.1"), rateKey("new", "second", "192.0.2.1"));
  assert.notEqual(rateKey("new", "first", "192.0.2.1"), rateKey("new", "first", "192.0.2.2"));
  assert.equal(rateKey("new", "first", "192.0.2.1"), rateKey("address", "192.0.2.1", "192.0.2.1"));
});

test("an id that looks like an address does not share its count", () => {
  assert.notEqual(rateKey("header", "192.0.2.1", ""), rateKey("address", "192.0.2.1", "192.0.2.1"));
});

test("the addresses of one IPv6 network of 64 bits share a count, and only these", () => {
  const key = (address: string) => rateKey("new", "", address);
  assert.equal(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  assert.equal(key("2001:db8::1"), key("2001:db8:0:0:5::"));
  assert.notEqual(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
  assert.equal(key("::1"), key("::2"));
  assert.equal(key("::ffff:192.0.2.1"), key("192.0.2.1"));
});
