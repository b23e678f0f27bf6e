import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

/**
 * How many tokens one key may encrypt, over all replicas that share it: with more, the chance that two have the same
 * random nonce is above 2^-32 (NIST SP 800-38D, 8.3).
 */
export const TOKENS_PER_KEY = 2 ** 32;
export const KEY_ID_BYTES = 3;

/** One secret's key. */
export interface TokenKey {
  /** Stands in front of each of its tokens, so that the right one of several decrypts. */
  readonly id: number;
  readonly key: KeyObject;
  /** Tokens that this process has encrypted with it. */
  sealed: number;
}

/** HKDF (RFC 5869) with SHA-256; the id tells nothing of the key. */
export function deriveTokenKey(secret: string): TokenKey {
  const derive = (info: string, bytes: number) =>
    Buffer.from(hkdfSync("sha256", secret, "", `blindsplit outcome token 1: ${info}`, bytes));
  return {
    id: derive("key id", KEY_ID_BYTES).readUIntBE(0, KEY_ID_BYTES),
    key: createSecretKey(derive("key", 32)),
    sealed: 0,
  };
}
