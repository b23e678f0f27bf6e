import murmurhash from "murmurhash-js";

/**
 * MurmurHash3_x86_32 with seed 0 over the bytes of `latin1Key`, one byte per character.
 *
 * murmurhash-js masks every character with 0xff, so it is right for these strings and for no others: text
 * goes through `utf8AsLatin1` first, header values from node:http already have this form.
 */
export function hash(latin1Key: string): number {
  return murmurhash.murmur3(latin1Key, 0);
}

/** The UTF-8 bytes of `text`, one character per byte: the form in which node:http delivers header values. */
export function utf8AsLatin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
