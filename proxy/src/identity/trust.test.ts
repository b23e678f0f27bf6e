import assert from "node:assert/strict";
import { test } from "node:test";
import { createHeaderTrust } from "./trust.ts";

function trust(...blocks: string[]): (address: string) => boolean {
  return createHeaderTrust(blocks) ?? assert.fail("blocks must give a check");
}

test("without blocks nothing is checked", () => {
  assert.equal(createHeaderTrust(undefined), undefined);
});

test("an address is trusted within a block and nowhere else", () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["10.0.0.0/8", ["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0", "::10.0.0.1", "::1"]],
    ["10.1.2.3/8", ["10.200.0.1"], ["11.0.0.1"]],
    ["192.0.2.7/32", ["192.0.2.7"], ["192.0.2.6", "192.0.2.8"]],
    ["0.0.0.0/0", ["1.2.3.4", "255.255.255.255"], ["::1", "2001:db8::1"]],
    ["::1/128", ["::1", "0:0:0:0:0:0:0:1"], ["::2", "127.0.0.1"]],
    ["2001:db8::/32", ["2001:db8::1", "2001:DB8:ffff::"], ["2001:db9::1"]],
    ["::/0", ["::1", "2001:db8::1"], ["1.2.3.4", "::ffff:1.2.3.4"]],
    ["fe80::/10", ["fe80::1", "fe80::1%eth0"], ["ff02::1"]],
  ];
  for (const [block, inside, outside] of cases) {
    const isTrusted = trust(block);
    for (const address of inside) assert.equal(isTrusted(address), true, `${address} in ${block}`);
    for (const address of outside) assert.equal(isTrusted(address), false, `${address} in ${block}`);
  }
});

test("a peer's IPv4 is IPv4 however it is written", () => {
  const isTrusted = trust("10.0.0.0/8");
  for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "::FFFF:a01:203"])
    assert.equal(isTrusted(address), true, address);
  assert.equal(isTrusted("::ffff:11.1.2.3"), false);
});

test("several blocks of both families stand side by side; no block trusts nobody", () => {
  const isTrusted = trust("192.0.2.7/32", "2001:db8::/32", "10.0.0.0/8");
  for (const address of ["192.0.2.7", "2001:db8::9", "10.9.9.9"]) assert.equal(isTrusted(address), true);
  assert.equal(trust()("127.0.0.1"), false);
});

test("a caller without an address (a unix socket, a connection that is gone) is not trusted", () => {
  const isTrusted = trust("0.0.0.0/0", "::/0");
  for (const address of ["", "localhost", "10.0.0.1:80"]) assert.equal(isTrusted(address), false, address);
});

test("answers stay right when more addresses come than are remembered", () => {
  const isTrusted = trust("10.0.0.0/9");
  for (let round = 0; round < 2; round++)
    for (let second = 0; second < 256; second++)
      for (let third = 0; third < 9; third++)
        assert.equal(isTrusted(`10.${second}.${third}.1`), second < 128);
});
