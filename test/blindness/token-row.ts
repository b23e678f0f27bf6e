import type { SparseRow } from "./logistic.ts";

const BITS = 8 * 80;
const CHARACTERS = 256;

/** Columns of `rowOfToken`: each bit at its place, how often each byte occurs, each length. */
export const TOKEN_COLUMNS = BITS + CHARACTERS + 2;

/** What a caller sees of a token: its length, its bytes one by one, and how often each byte occurs in it. */
export function rowOfToken(token: string): SparseRow {
  const bytes = Buffer.from(token, "base64url");
  const values = new Map<number, number>();
  const add = (column: number, value: number) => values.set(column, (values.get(column) ?? 0) + value);
  for (const [at, byte] of bytes.entries()) {
    for (let bit = 0; bit < 8; bit++)
      if ((byte & (1 << bit)) !== 0 && at * 8 + bit < BITS) add(at * 8 + bit, 1);
    add(BITS + byte, 1);
  }
  add(BITS + CHARACTERS, token.length);
  add(BITS + CHARACTERS + 1, bytes.length);
  return { columns: [...values.keys()], values: [...values.values()] };
}
