import { createHmac } from "node:crypto";
import type { Config } from "../config/config.ts";

const ALPHABET = "XYZWVUTSRQPONMLKJIHGFEDCBA";

/**
 * What a configuration calls its variants where they are masked, by name. The key is of `admin.token` and the salt: every
 * replica has both, whoever watches has neither. Not of the phase: counts go on over phases, so that whoever sees the
 * same numbers under other letters knows both.
 */
export function lettersOf({
  admin,
  experiment,
  variants,
}: Pick<Config, "admin" | "experiment" | "variants">): ReadonlyMap<string, string> {
  const key = keyOf({ admin, experiment });
  return assignLetters(key, { experiment: experiment.name, names: variants.map(({ name }) => name) });
}

/** So short that it helps nobody to guess token and salt, and yet tells two keys apart. */
const FINGERPRINT_DIGITS = 6;

/** The same, in hex, where the same letters mean the same variants. Whoever watches may see it. */
export function fingerprintOf({
  admin,
  experiment,
  variants,
}: Pick<Config, "admin" | "experiment" | "variants">): string {
  const names = variants.map(({ name }) => name).sort();
  return createHmac("sha256", keyOf({ admin, experiment }))
    .update(JSON.stringify(["fingerprint of the letters", experiment.name, names]))
    .digest("hex")
    .slice(0, FINGERPRINT_DIGITS);
}

function keyOf({ admin, experiment }: Pick<Config, "admin" | "experiment">): Buffer {
  return createHmac("sha256", admin.token ?? "")
    .update(JSON.stringify(["letters of the page", experiment.salt]))
    .digest();
}

/**
 * A letter for each variant, in an order that a keyed hash decides: it has nothing to do with the order in the file, and
 * holds on every replica, at every start and in every phase as long as the key does.
 *
 * @param names in any order, each once
 */
export function assignLetters(
  key: string | Buffer,
  { experiment, names }: { readonly experiment: string; readonly names: readonly string[] },
): ReadonlyMap<string, string> {
  const digest = (name: string) =>
    createHmac("sha256", key)
      .update(JSON.stringify(["page", experiment, name]))
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
