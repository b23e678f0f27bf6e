import { createHmac } from "node:crypto";

const ALPHABET = "XYZWVUTSRQPONMLKJIHGFEDCBA";

/**
 * A letter for each variant, in an order that a keyed hash decides: it has nothing to do with the order or the names in
 * the file, holds on every replica and at every start as long as the key does, and is another one in another phase.
 *
 * @param names in any order, each once
 */
export function assignLetters(
  key: string | Buffer,
  {
    experiment,
    phase,
    names,
  }: { readonly experiment: string; readonly phase: number; readonly names: readonly string[] },
): ReadonlyMap<string, string> {
  const digest = (name: string) =>
    createHmac("sha256", key)
      .update(JSON.stringify(["page", experiment, phase, name]))
      .digest("hex");
  const ordered = names
    .map((name) => ({ name, rank: digest(name) }))
    .sort((one, other) => (one.rank < other.rank ? -1 : 1));
  return new Map(ordered.map(({ name }, index) => [name, letterAt(index)]));
}

/** X, Y, Z, W … A, then X2, Y2 …. */
function letterAt(index: number): string {
  const round = Math.floor(index / ALPHABET.length);
  const letter = ALPHABET[index % ALPHABET.length] ?? "";
  return round === 0 ? letter : `${letter}${round + 1}`;
}
