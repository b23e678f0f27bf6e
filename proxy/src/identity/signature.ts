import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";

export interface Signer {
  /** With the first secret, in base64url. */
  sign(text: string): string;
  /** Which secret signed `text` so, or -1. Only the one spelling that `sign` gives is right. */
  findSecret(text: string, signature: string): number;
}

export interface SignerOptions {
  /** The first signs, all verify; at least one. */
  readonly secrets: readonly string[];
  /** Goes before the text into the MAC, so that a signature of one kind is none of another with the same secret. */
  readonly context: string;
  /** How many bytes of the 32 are kept. */
  readonly bytes: number;
}

/** HMAC-SHA256. */
export function createSigner({ secrets, context, bytes }: SignerOptions): Signer {
  const [first, ...older] = secrets.map((secret) => createSecretKey(secret, "utf8"));
  if (first === undefined) throw new RangeError("a signer without a secret: give it at least one");
  const keys = [first, ...older];
  const signWith = (key: typeof first, text: string) =>
    createHmac("sha256", key).update(context).update(text).digest().toString("base64url", 0, bytes);
  return {
    sign: (text) => signWith(first, text),
    findSecret: (text, signature) => keys.findIndex((key) => isEqual(signWith(key, text), signature)),
  };
}

/** In a time that tells nothing of where they differ. */
export function isEqual(expected: string, given: string): boolean {
  const one = Buffer.from(expected);
  const other = Buffer.from(given);
  return one.length === other.length && timingSafeEqual(one, other);
}
