import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Answered } from "./engine.ts";

/** Answers to texts that come again, word for word. */
export interface AnswerCache {
  /** @returns the answer, in which no stage took any time. */
  find(text: string): Answered | undefined;
  keep(text: string, answered: Answered): void;
}

/** Keeps nothing. */
export const NO_CACHE: AnswerCache = { find: () => undefined, keep: () => undefined };

/**
 * Keeps digests, not texts: an answer takes some 0.5 KB however long its text is, and no text stays in memory.
 * @param limit answers kept; the one not asked for longest goes first.
 */
export function createAnswerCache(limit: number): AnswerCache {
  const answers = new LRUCache<string, Answered>({ max: limit });
  return {
    find: (text) => answers.get(digest(text)),
    keep(text, answered) {
      answers.set(digest(text), {
        ...answered,
        isCached: true,
        tokenizeSeconds: 0,
        queueSeconds: 0,
        inferenceSeconds: 0,
        batchSize: 0,
      });
    },
  };
}

function digest(text: string): string {
  return hash("sha256", text, "base64");
}
