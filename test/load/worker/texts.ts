import { createRandom } from "../../support/random.ts";
import { sentences } from "../../support/sentences.ts";

const WORDS = sentences.flatMap((sentence) => sentence.split(" "));
/** Of the logarithm of a text's words: half of the texts have up to 17, one in a hundred more than 60. */
const MEDIAN_WORDS = 17;
const SPREAD = 0.55;
const SHORTEST_WORDS = 2;
const LONGEST_WORDS = 70;

/** Texts as long as tweets and reviews are, of words that stand together at random: the same seed gives the same. */
export function makeTexts(count: number, seed: number): readonly string[] {
  const next = createRandom(seed);
  return Array.from({ length: count }, () => {
    // Box and Muller; 1 - next(), because the logarithm of 0 is none.
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    const words = Math.round(MEDIAN_WORDS * Math.exp(SPREAD * normal));
    return wordsOf(Math.min(LONGEST_WORDS, Math.max(SHORTEST_WORDS, words)), next);
  });
}

/** A text of so many words. */
export function wordsOf(count: number, next: () => number): string {
  return Array.from({ length: count }, () => WORDS[Math.floor(next() * WORDS.length)] ?? "").join(" ");
}
