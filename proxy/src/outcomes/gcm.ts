import { type Cipheriv, createCipheriv, type KeyObject, randomFillSync } from "node:crypto";
import { Ghash } from "./ghash.ts";

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
const BLOCK_BYTES = 16;
const POOLED_NONCES = 256;

/**
 * AES-256-GCM with random nonces (NIST SP 800-38D) for messages of one width. What does not depend on the message, which
 * is all of AES, node:crypto does for many nonces at once: a cipher object for each message would cost more than all the
 * rest of a token (`npm run bench:tokens`). What comes out is what `createCipheriv("aes-256-gcm")` gives.
 */
export class GcmSealer {
  readonly #width: number;
  readonly #blockCipher: Cipheriv;
  readonly #ghash: Ghash;
  readonly #randomFill: (nonces: Buffer) => void;
  readonly #nonces = Buffer.alloc(POOLED_NONCES * NONCE_BYTES);
  /** The counter blocks of one nonce after the other: first that of the tag, then those of the message. */
  readonly #counters: Buffer;
  readonly #counterBytes: number;
  /** The counter blocks, encrypted. */
  #streams: Buffer;
  #next = POOLED_NONCES;
  /** The ciphertext, and zeros up to a whole block. */
  readonly #text: Uint8Array;
  readonly #textView: DataView;

  /** @param width of every message, in bytes */
  constructor(key: KeyObject, width: number, randomFill: (nonces: Buffer) => void = randomFillSync) {
    this.#width = width;
    this.#blockCipher = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
    this.#ghash = new Ghash(this.#blockCipher.update(Buffer.alloc(BLOCK_BYTES)));
    this.#randomFill = randomFill;
    const textBytes = Math.ceil(width / BLOCK_BYTES) * BLOCK_BYTES;
    this.#text = new Uint8Array(textBytes);
    this.#textView = new DataView(this.#text.buffer);
    this.#counterBytes = BLOCK_BYTES + textBytes;
    this.#counters = Buffer.alloc(POOLED_NONCES * this.#counterBytes);
    this.#streams = this.#counters;
  }

  /** Writes nonce, ciphertext and tag, one behind the other. */
  seal(message: Uint8Array, into: Buffer, at: number): void {
    if (this.#next === POOLED_NONCES) this.#fill();
    const nonce = this.#next++;
    for (let byte = 0; byte < NONCE_BYTES; byte++)
      into[at + byte] = this.#nonces[nonce * NONCE_BYTES + byte] as number;
    const [text, streams, width] = [this.#text, this.#streams, this.#width];
    const tagMask = nonce * this.#counterBytes;
    const stream = tagMask + BLOCK_BYTES;
    const start = at + NONCE_BYTES;
    for (let byte = 0; byte < width; byte++) {
      const sealed = (message[byte] as number) ^ (streams[stream + byte] as number);
      text[byte] = sealed;
      into[start + byte] = sealed;
    }
    const tag = this.#ghash.digest(this.#textView, width);
    for (let byte = 0; byte < TAG_BYTES; byte++)
      into[start + width + byte] =
        ((tag[byte >> 2] as number) >>> (24 - 8 * (byte & 3))) ^ (streams[tagMask + byte] as number);
    // Used up: what was sealed with it cannot be opened with what a later dump of the memory holds.
    streams.fill(0, tagMask, tagMask + this.#counterBytes);
  }

  #fill(): void {
    this.#randomFill(this.#nonces);
    const blocks = this.#counterBytes / BLOCK_BYTES;
    for (let nonce = 0; nonce < POOLED_NONCES; nonce++)
      for (let block = 0; block < blocks; block++) {
        const at = nonce * this.#counterBytes + block * BLOCK_BYTES;
        this.#counters.set(this.#nonces.subarray(nonce * NONCE_BYTES, (nonce + 1) * NONCE_BYTES), at);
        this.#counters.writeUInt32BE(block + 1, at + NONCE_BYTES);
      }
    this.#streams = this.#blockCipher.update(this.#counters);
    this.#next = 0;
  }
}
