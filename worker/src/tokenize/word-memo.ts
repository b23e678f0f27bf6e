import type { Tokenizer } from "../model/tokenizer.ts";

/** Words kept; one takes some 150 bytes. When it is full it starts anew: frequent words are back at once. */
const WORDS_LIMIT = 16_384;
/** Longer words hardly come again. */
const WORD_LENGTH_LIMIT = 32;
/** A word of which every tokenizer knows how long it is, whatever follows behind a space. */
const CARRIER = "a";
const SPACE = 0x20;
const FIRST_PRINTABLE = 0x21;
const LAST_PRINTABLE = 0x7e;

/**
 * Remembers the tokens of words, because the library takes some 5 µs for each and texts repeat them.
 *
 * Only for texts of printable ASCII with single spaces, without added tokens, and only for tokenizers that split at
 * a space and nowhere look across one. That is so for BERT's and for byte-level ones; it is tried out with every
 * pair of characters around a space, and where one differs from the whole the memo stays off.
 */
export class WordMemo {
  readonly #tokenizer: Tokenizer;
  /** Which characters (codes below 128) a text may have. */
  readonly #isPlain: Uint8Array;
  readonly #words = new Map<string, readonly number[]>();
  readonly #carrierLength: number;
  readonly #isUsable: boolean;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
    this.#isPlain = new Uint8Array(128).fill(1, FIRST_PRINTABLE, LAST_PRINTABLE + 1);
    for (const token of tokenizer.addedTokens) {
      // A text with such a character may hold that token, in either case, and tokens may take the spaces beside them along.
      for (const written of [token.toLowerCase(), token.toUpperCase()]) {
        const code = written.charCodeAt(0);
        if (code < this.#isPlain.length) this.#isPlain[code] = 0;
      }
    }
    this.#carrierLength = tokenizer.encode(CARRIER).length;
    this.#isUsable = this.#tryOut();
  }

  get isUsable(): boolean {
    return this.#isUsable;
  }

  /**
   * @param learns whether the library may be asked for words that are not known yet.
   * @returns token ids as `Tokenizer.encode` gives them, or undefined when the memo cannot tell.
   */
  encode(text: string, learns: boolean): number[] | undefined {
    return this.#isUsable ? this.#encode(text, learns) : undefined;
  }

  #encode(text: string, learns: boolean): number[] | undefined {
    const ids: number[] = [];
    let start = 0;
    for (let at = 0; at <= text.length; at += 1) {
      const code = at === text.length ? SPACE : text.charCodeAt(at);
      if (code !== SPACE) {
        if (this.#isPlain[code] !== 1) return undefined;
        continue;
      }
      // From the second word on, the space before it is part of it.
      const wordStart = start === 0 ? 0 : start + 1;
      if (at === wordStart) return undefined;
      const known = this.#find(text.slice(start, at), learns);
      if (known === undefined) return undefined;
      for (const id of known) ids.push(id);
      start = at;
    }
    return ids;
  }

  #find(word: string, learns: boolean): readonly number[] | undefined {
    const known = this.#words.get(word);
    if (known !== undefined || !learns) return known;
    const ids = this.#split(word);
    if (word.length > WORD_LENGTH_LIMIT) return ids;
    if (this.#words.size >= WORDS_LIMIT) this.#words.clear();
    this.#words.set(word, ids);
    return ids;
  }

  /** A later word is split behind another one, because some tokenizers drop a space that stands first. */
  #split(word: string): readonly number[] {
    if (word.charCodeAt(0) !== SPACE) return this.#tokenizer.encode(word);
    return this.#tokenizer.encode(CARRIER + word).slice(this.#carrierLength);
  }

  #tryOut(): boolean {
    const characters = Array.from(this.#isPlain.keys(), (code) => String.fromCharCode(code)).filter(
      (_, code) => this.#isPlain[code] === 1,
    );
    for (const left of characters) {
      // Every character behind a space, with this one before it: `a! !a a! "a a! #a …`.
      const text = characters.map((right) => `a${left} ${right}a`).join(" ");
      const whole = this.#tokenizer.encode(text);
      const pieces = this.#encode(text, true);
      if (pieces?.length !== whole.length || pieces.some((id, at) => id !== whole[at])) return false;
    }
    this.#words.clear();
    return true;
  }
}
