import { isIP, SocketAddress } from "node:net";
import { z } from "zod";
import { shown } from "./messages.ts";

const FORM = /^([0-9A-Fa-f:.]{2,45})(?:\/([0-9]{1,3}))?$/;

/** A block of addresses, parsed to `address/prefix`; a bare address is a block of one. */
export const cidr = z
  .string()
  .regex(FORM, { error: ({ input }) => notBlock(input) })
  .transform((text, context) => {
    const block = parseBlock(text);
    if (block !== undefined) return block;
    context.addIssue({ code: "custom", message: notBlock(text), input: text });
    return z.NEVER;
  });

function notBlock(value: unknown): string {
  return `${shown(value)} is no block of addresses: write an address and its prefix length, such as 10.0.0.0/8 or fd00::/8, or one address`;
}

/** Addresses of callers are looked at as IPv4 where IPv6 merely carries them: so are the blocks. */
function parseBlock(text: string): string | undefined {
  const [, address = "", length] = FORM.exec(text) ?? [];
  const family = isIP(address);
  const longest = family === 4 ? 32 : 128;
  const prefix = length === undefined ? longest : Number(length);
  if (family === 0 || prefix > longest) return undefined;
  if (family === 4) return `${address}/${prefix}`;
  const spelled = new SocketAddress({ address, family: "ipv6" }).address;
  const carried = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(spelled)?.[1];
  return carried !== undefined && prefix >= 96 ? `${carried}/${prefix - 96}` : `${spelled}/${prefix}`;
}
