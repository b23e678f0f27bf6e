/** Least that is allocated; also keeps pieces of a few bytes from growing the buffer in steps of a few bytes. */
const LEAST_BYTES = 1024;

/**
 * Bytes that come in pieces, in one buffer. The pieces are not kept: each one, of one byte too, costs more than a
 * hundred bytes beside its own. What has not come yet costs nothing, whatever was announced.
 */
export class GatheredBytes {
  readonly #limitBytes: number;
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  /** @param limitBytes more is never added, so more is never allocated. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get length(): number {
    return this.#length;
  }

  add(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (this.#length === 0) {
      // Most bodies are one piece: it is taken as it is.
      this.#bytes = piece;
    } else {
      if (length > this.#bytes.length) this.#grow(length);
      piece.copy(this.#bytes, this.#length);
    }
    this.#length = length;
  }

  /** All bytes so far. */
  read(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
  }

  #grow(length: number): void {
    const room = Math.max(length, LEAST_BYTES, Math.min(2 * length, this.#limitBytes));
    const grown = Buffer.allocUnsafeSlow(room);
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
