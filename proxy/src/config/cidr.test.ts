import assert from "node:assert/strict";
import { BlockList, isIPv4 } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { cidr } from "./cidr.ts";

test("blocks of both families are taken, a bare address as a block of one", () => {
  const cases = [
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["192.0.2.7", "192.0.2.7/32"],
    ["::1", "::1/128"],
    ["FD00:0:0::/8", "fd00::/8"],
    ["::/0", "::/0"],
    ["::ffff:10.0.0.0/104", "10.0.0.0/8"],
    ["::ffff:192.0.2.7", "192.0.2.7/32"],
    ["::ffff:0:0/90", "::ffff:0.0.0.0/90"],
  ] as const;
  for (const [text, expected] of cases) assert.equal(cidr.parse(text), expected, text);
});

test("anything else is no block", () => {
  for (const text of [
    "",
    "a",
    "10.0.0.0/33",
    "::1/129",
    "10.0.0/8",
    "10.0.0.0/",
    "/8",
    "10.0.0.0/8/8",
    "fe80::1%eth0",
    "::ffff:10.0.0.0/129",
    "10.0.0.0/-1",
    " 10.0.0.0/8",
    "010.0.0.0/8",
  ])
    assert.equal(cidr.safeParse(text).success, false, text);
});

test("whatever is taken is a block that Node understands", () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(address, fc.nat(140), (address, prefix) => {
      const { data } = cidr.safeParse(`${address}/${prefix}`);
      if (data === undefined) return;
      const [net = "", length = ""] = data.split("/");
      const block = new BlockList();
      block.addSubnet(net, Number(length), isIPv4(net) ? "ipv4" : "ipv6");
      assert.ok(block.check(net, isIPv4(net) ? "ipv4" : "ipv6"));
    }),
  );
});
