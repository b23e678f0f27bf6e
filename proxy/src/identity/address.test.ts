import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalAddress, clientAddress } from "./address.ts";

test("the address is the one that the outermost trusted proxy saw", () => {
  const cases: readonly (readonly [string, string | undefined, number, string | undefined])[] = [
    ["10.0.0.1", "6.6.6.6, 192.0.2.9", 0, "10.0.0.1"],
    ["10.0.0.1", "6.6.6.6, 192.0.2.9", 1, "192.0.2.9"],
    ["10.0.0.1", "6.6.6.6, 192.0.2.9, 10.0.0.2", 2, "192.0.2.9"],
    ["10.0.0.1", "192.0.2.9,10.0.0.3,10.0.0.2", 3, "192.0.2.9"],
    ["10.0.0.1", "192.0.2.9, 192.0.2.9, 192.0.2.9", 2, "192.0.2.9"],
    ["10.0.0.1", undefined, 1, "10.0.0.1"],
    ["::ffff:192.0.2.9", undefined, 0, "192.0.2.9"],
    ["fe80::1%eth0", undefined, 0, "fe80::1"],
  ];
  for (const [remote, forwarded, hops, expected] of cases)
    assert.equal(clientAddress(remote, forwarded, hops), expected, `${remote} ${forwarded} ${hops}`);
});

test("with fewer entries than hops the leftmost is taken: proxies wrote them all", () => {
  assert.equal(clientAddress("10.0.0.1", "192.0.2.9", 3), "192.0.2.9");
  assert.equal(clientAddress("10.0.0.1", "192.0.2.9, 10.0.0.2", 10), "192.0.2.9");
});

test("ports are no part of an address", () => {
  for (const [entry, expected] of [
    ["192.0.2.9:5123", "192.0.2.9"],
    ["[2001:db8::1]:5123", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["2001:db8::1", "2001:db8::1"],
    ["2001:db8::1:5123", "2001:db8::1:5123"],
  ] as const)
    assert.equal(clientAddress("10.0.0.1", entry, 1), expected, entry);
});

test("an entry that is no address identifies nobody, whatever stands beside it", () => {
  for (const entry of [
    "",
    " ",
    ",",
    "unknown",
    "_hidden",
    "192.0.2",
    "192.0.2.9.1",
    "192.0.2.09",
    "0x7f.1",
    "256.1.1.1",
    "192.0.2.9:",
    "192.0.2.9:x",
    "[192.0.2.9",
    "[]",
    "::1::",
    "example.com",
    '"192.0.2.9"',
    "for=192.0.2.9",
    "é",
  ]) {
    assert.equal(clientAddress("10.0.0.1", entry, 1), undefined, entry);
    assert.equal(clientAddress("10.0.0.1", `192.0.2.9, ${entry}`, 1), undefined, entry);
  }
});

test("what a caller claims to the left never counts, nor does it cost", () => {
  const claims = Array.from({ length: 4000 }, (_, index) => `6.6.${index % 256}.6`).join(",");
  assert.equal(clientAddress("10.0.0.1", `${claims}, 192.0.2.9`, 1), "192.0.2.9");
  assert.equal(clientAddress("10.0.0.1", `${claims},, 192.0.2.9`, 1), "192.0.2.9");
  assert.equal(clientAddress("10.0.0.1", `garbage, ${claims}, 192.0.2.9, 10.0.0.2`, 2), "192.0.2.9");
});

test("every spelling of an address is one unit", () => {
  for (const [spelling, expected] of [
    ["::FFFF:c000:0209", "192.0.2.9"],
    ["0:0:0:0:0:ffff:192.0.2.9", "192.0.2.9"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:0db8::0001", "2001:db8::1"],
    ["::", "::"],
    ["fe80::1%2", "fe80::1"],
  ] as const)
    assert.equal(canonicalAddress(spelling), expected, spelling);
});
