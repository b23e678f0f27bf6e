const NIBBLES = 32;
const VALUES = 16;
const WORDS = 4;
/** x^128 = 1 + x + x^2 + x^7, in the bit order of GCM (NIST SP 800-38D, 6.3). */
const REDUCTION = 0xe1000000;

/**
 * GHASH (NIST SP 800-38D, 6.4) under one key, over whole blocks and their length. Multiplies by table, as OpenSSL's
 * portable code does (Shoup's method, four bits at a time), but with a table for each place, so that nothing is shifted:
 * 8 KiB.
 */
export class Ghash {
  readonly #products: Int32Array;
  readonly #state = new Int32Array(WORDS);

  /** @param key the block cipher's output for a block of zeros */
  constructor(key: Buffer) {
    this.#products = productsOf(key);
  }

  /**
   * @param blocks ciphertext, filled up with zeros to whole blocks of 16 bytes
   * @param bytes of it without what it was filled up with
   * @returns four words, which hold until the next call
   */
  digest(blocks: DataView, bytes: number): Int32Array {
    const state = this.#state.fill(0);
    for (let at = 0; at < blocks.byteLength; at += 16) {
      for (let word = 0; word < WORDS; word++)
        state[word] = (state[word] as number) ^ blocks.getInt32(at + 4 * word);
      this.#multiply(state);
    }
    // No additional data, and so few bytes that the upper words of both lengths are 0.
    state[3] = (state[3] as number) ^ (bytes * 8);
    this.#multiply(state);
    return state;
  }

  #multiply(state: Int32Array): void {
    const products = this.#products;
    let [first, second, third, fourth] = [0, 0, 0, 0];
    let place = 0;
    for (let word = 0; word < WORDS; word++) {
      const bits = state[word] as number;
      for (let shift = 28; shift >= 0; shift -= 4) {
        const at = place + ((bits >>> shift) & 15) * WORDS;
        first ^= products[at] as number;
        second ^= products[at + 1] as number;
        third ^= products[at + 2] as number;
        fourth ^= products[at + 3] as number;
        place += VALUES * WORDS;
      }
    }
    state[0] = first;
    state[1] = second;
    state[2] = third;
    state[3] = fourth;
  }
}

/** For each place of four bits and each value there: that times the key, as four words. */
function productsOf(key: Buffer): Int32Array {
  const powers = powersOf(key);
  const products = new Int32Array(NIBBLES * VALUES * WORDS);
  for (let place = 0; place < NIBBLES; place++)
    for (let value = 0; value < VALUES; value++)
      for (let bit = 0; bit < 4; bit++) {
        if ((value & (8 >> bit)) === 0) continue;
        for (let word = 0; word < WORDS; word++) {
          const at = (place * VALUES + value) * WORDS + word;
          products[at] = (products[at] as number) ^ (powers[(4 * place + bit) * WORDS + word] as number);
        }
      }
  return products;
}

/** The key times x^0, x^1 … x^127. */
function powersOf(key: Buffer): Int32Array {
  const powers = new Int32Array(128 * WORDS);
  const current = [0, 4, 8, 12].map((at) => key.readInt32BE(at));
  for (let power = 0; power < 128; power++) {
    powers.set(current, power * WORDS);
    let carry = 0;
    for (let word = 0; word < WORDS; word++) {
      const bits = current[word] as number;
      current[word] = (bits >>> 1) | carry;
      carry = bits << 31;
    }
    if (carry !== 0) current[0] = (current[0] as number) ^ REDUCTION;
  }
  return powers;
}
