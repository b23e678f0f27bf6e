import { createDecipheriv } from "node:crypto";
import { GcmSealer, NONCE_BYTES, TAG_BYTES } from "./gcm.ts";
import { KEY_ID_BYTES, type TokenKey } from "./token-key.ts";
import { type Claim, readClaim } from "./token-layout.ts";

const HEAD_BYTES = KEY_ID_BYTES + NONCE_BYTES;
const LONGEST_TOKEN = 512;

/** What a token of ours says, and the nonce by which it is told from every other. */
export interface OpenedToken {
  readonly claim: Claim;
  readonly nonce: Buffer;
}

/** Writes tokens of one width: key id, nonce, ciphertext, tag, in base64url. */
export class TokenSeal {
  readonly #key: TokenKey;
  readonly #sealer: GcmSealer;
  readonly #sealed: Buffer;
  readonly #onSealed: (key: TokenKey) => void;

  /** @param onSealed called after each, for whoever watches the key's limit */
  constructor(key: TokenKey, width: number, onSealed: (key: TokenKey) => void) {
    this.#key = key;
    this.#sealer = new GcmSealer(key.key, width);
    this.#sealed = Buffer.alloc(HEAD_BYTES + width + TAG_BYTES);
    this.#sealed.writeUIntBE(key.id, 0, KEY_ID_BYTES);
    this.#onSealed = onSealed;
  }

  seal(plain: Buffer): string {
    this.#sealer.seal(plain, this.#sealed, KEY_ID_BYTES);
    this.#key.sealed++;
    this.#onSealed(this.#key);
    return this.#sealed.toString("base64url");
  }
}

/** Undefined for whatever is not, to the last bit and in its one spelling, a token that one of these keys has encrypted. */
export function openToken(keys: readonly TokenKey[], token: string): OpenedToken | undefined {
  if (token.length > LONGEST_TOKEN) return undefined;
  const bytes = Buffer.from(token, "base64url");
  // Base64 has several spellings of the same bytes, and a decoder that passes over what is no base64.
  if (bytes.length <= HEAD_BYTES + TAG_BYTES || bytes.toString("base64url") !== token) return undefined;
  const id = bytes.readUIntBE(0, KEY_ID_BYTES);
  const nonce = bytes.subarray(KEY_ID_BYTES, HEAD_BYTES);
  for (const key of keys) {
    const claim = key.id === id ? decrypt(key, nonce, bytes) : undefined;
    if (claim !== undefined) return { claim, nonce };
  }
  return undefined;
}

function decrypt({ key }: TokenKey, nonce: Buffer, bytes: Buffer): Claim | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const plain = decipher.update(bytes.subarray(HEAD_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return readClaim(plain);
}
