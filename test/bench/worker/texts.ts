import { takeEvenly } from "../../../worker/evaluation/dataset.ts";
import { createRandom } from "../../support/random.ts";
import { sentences } from "../../support/sentences.ts";

/** Words in the 0th, 5th, 10th, 20th … 90th, 95th and 100th percentile of 2,000 tweets (TweetEval, validation). */
const WORDS_OF_TWEETS: readonly (readonly [number, number])[] = [
  ...([
    [0, 4],
    [0.05, 10],
    [0.1, 12],
    [0.2, 15],
    [0.3, 17],
    [0.4, 19],
    [0.5, 20],
  ] as const),
  ...([
    [0.6, 21],
    [0.7, 22],
    [0.8, 24],
    [0.9, 26],
    [0.95, 27],
    [0.99, 29],
    [1, 31],
  ] as const),
];
/** Our own sentences are plainer than tweets: fewer tokens for as many words. */
const WORDS_FOR_ONE = 1.07;
const SEED = 5;

/** Texts as long as tweets are, each made of sentences of ours and cut at a word. The same on every machine. */
export function composeTexts(count: number): readonly string[] {
  const random = createRandom(SEED);
  return deal(
    Array.from({ length: count }, (_, index) => {
      const words = Math.round(wordsAt((index + 0.5) / count) * WORDS_FOR_ONE);
      const taken: string[] = [];
      while (taken.length < words)
        taken.push(...(sentences[Math.floor(random() * sentences.length)] ?? "").split(" "));
      return taken.slice(0, words).join(" ");
    }),
  );
}

/** `count` of the given ones, spread over all of them. */
export function pickTexts(texts: readonly string[], count: number): readonly string[] {
  const rows = texts.map((text, index) => ({ line: index, label: "", text }));
  return deal(takeEvenly(rows, count).map(({ text }) => text));
}

/**
 * Orders texts so that any stretch of them has the lengths of all: a slow contestant, which gets through few, is asked
 * for the same work as a fast one.
 */
function deal(texts: readonly string[]): readonly string[] {
  const sorted = [...texts].sort((a, b) => a.length - b.length);
  const ranks = sorted.map((text, rank) => ({ text, place: (rank * GOLDEN) % 1 }));
  return ranks.sort((a, b) => a.place - b.place).map(({ text }) => text);
}

// Multiples of the golden ratio modulo 1 are spread evenly, however many are taken (Weyl's sequence).
const GOLDEN = (Math.sqrt(5) - 1) / 2;

function wordsAt(share: number): number {
  const above = WORDS_OF_TWEETS.findIndex(([at]) => at >= share);
  const [toShare, toWords] = WORDS_OF_TWEETS[above] ?? [1, 31];
  const [fromShare, fromWords] = WORDS_OF_TWEETS[above - 1] ?? [0, 4];
  return fromWords + ((toWords - fromWords) * (share - fromShare)) / (toShare - fromShare);
}
