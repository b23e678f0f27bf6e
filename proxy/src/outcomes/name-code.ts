import { hash } from "node:crypto";

export const NAME_CODE_BYTES = 8;

/**
 * A name in a token: the first bytes of its SHA-256, one character a byte. Names of any length take the same room, and
 * the order of a configuration file means nothing.
 */
export function nameCode(name: string): string {
  return hash("sha256", name, "buffer").toString("latin1", 0, NAME_CODE_BYTES);
}

/** What stands where there is no name; no name has this code. */
export const NO_NAME = "\0".repeat(NAME_CODE_BYTES);
