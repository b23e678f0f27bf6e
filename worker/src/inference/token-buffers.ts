import type { TokenBatch } from "./protocol.ts";

/** Views of shape [sequences][width], valid until the next batch. */
export interface FilledBuffers {
  readonly width: number;
  readonly ids: BigInt64Array<ArrayBuffer>;
  /** 1 where there is a token, 0 where there is padding. */
  readonly mask: BigInt64Array<ArrayBuffer>;
  /** Every token is of the first segment. */
  readonly zeros: BigInt64Array<ArrayBuffer>;
}

/**
 * The graph's integer inputs, in memory that is used again for every run. Graphs take int64; the numbers are
 * written as pairs of int32 (low word first on every machine that Node runs on), because making a BigInt for each costs more
 * than all else here.
 */
export class TokenBuffers {
  readonly #padId: number;
  #capacity = 0;
  #ids = new Int32Array(0);
  #mask = new Int32Array(0);
  #zeros = new Int32Array(0);

  constructor(padId: number) {
    this.#padId = padId;
  }

  fill({ ids, lengths }: TokenBatch): FilledBuffers {
    const width = lengths.reduce((longest, length) => Math.max(longest, length), 0);
    const size = width * lengths.length;
    this.#reserve(size);
    let from = 0;
    let to = 0;
    for (const length of lengths) {
      for (let at = 0; at < width; at += 1, to += 2) {
        const isToken = at < length;
        this.#ids[to] = isToken ? (ids[from + at] ?? 0) : this.#padId;
        this.#mask[to] = isToken ? 1 : 0;
      }
      from += length;
    }
    return {
      width,
      ids: view(this.#ids, size),
      mask: view(this.#mask, size),
      zeros: view(this.#zeros, size),
    };
  }

  #reserve(size: number): void {
    if (size <= this.#capacity) return;
    this.#capacity = size;
    this.#ids = new Int32Array(2 * size);
    this.#mask = new Int32Array(2 * size);
    this.#zeros = new Int32Array(2 * size);
  }
}

function view(words: Int32Array<ArrayBuffer>, size: number): BigInt64Array<ArrayBuffer> {
  return new BigInt64Array(words.buffer, 0, size);
}
