import { setImmediate as turn } from "node:timers/promises";
import type { Answered } from "../inference/engine.ts";
import { createEngine, type EngineParts } from "../inference/model-engine.ts";
import type { BatchFacts, ComputedFacts, EncodedFacts, EngineRecord } from "../inference/record.ts";
import { TEXT_ENCODER } from "../tokenize/encoder.ts";
import { Tokenizing } from "../tokenize/tokenizing.ts";
import { fakeThreads } from "./fake-thread.ts";
import { THREAD_DATA } from "./thread-data.ts";

/** What an engine told its record. */
export interface Recorded {
  readonly encoded: EncodedFacts[];
  readonly computed: ComputedFacts[];
  readonly ran: BatchFacts[];
  /** By reason. */
  readonly dropped: Record<string, number>;
  readonly lookedUp: boolean[];
}

/**
 * An engine whose inference thread answers when the test says so. Unless told otherwise it takes texts as they are,
 * four at once and eight waiting.
 */
export function heldEngine(changes: Partial<EngineParts> = {}) {
  const threads = fakeThreads();
  const thread = threads.start(THREAD_DATA);
  const recorded: Recorded = { encoded: [], computed: [], ran: [], dropped: {}, lookedUp: [] };
  const record: EngineRecord = {
    encoded: (facts) => recorded.encoded.push(facts),
    computed: (facts) => recorded.computed.push(facts),
    ran: (facts) => recorded.ran.push(facts),
    dropped(reason, count) {
      recorded.dropped[reason] = (recorded.dropped[reason] ?? 0) + count;
    },
    lookedUp: (isHit) => recorded.lookedUp.push(isHit),
  };
  const runner: { isReady: boolean; run: EngineParts["runner"]["run"] } = {
    isReady: true,
    run: (batch) => thread.run(batch),
  };
  const engine = createEngine({
    classifier: { kind: "logits", labels: ["negative", "positive"] },
    runner,
    record,
    batch: { maxTexts: 4, maxTokens: 512, maxDelayMs: 0 },
    limitSequences: 8,
    limitTokens: 10_000,
    tokenizing: new Tokenizing(TEXT_ENCODER),
    timeoutMs: 30_000,
    ...changes,
  });
  const never = new AbortController().signal;
  return {
    engine,
    threads,
    runner,
    recorded,
    predict: (texts: readonly string[], signal = never, timeoutMs?: number): Promise<Answered[]> =>
      engine.predict(texts, { signal, timeoutMs }),
    /** Answers what is held, and what is handed over then, until nothing is. */
    async answerAll(): Promise<void> {
      await turn();
      while (threads.held.length > 0) {
        threads.held.shift()?.answer();
        await turn();
      }
    },
  };
}

/** One at a time: two are handed over at once, and everything else waits. */
export const ONE_BY_ONE = { maxTexts: 1, maxTokens: 512, maxDelayMs: 0 };
