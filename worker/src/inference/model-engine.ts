import { retryable, WorkerError } from "../errors.ts";
import type { Tokenized, Tokenizing } from "../tokenize/tokenizing.ts";
import { type AnswerCache, NO_CACHE } from "./answer-cache.ts";
import { Dispatcher, type DispatcherParts } from "./dispatcher.ts";
import type { Answered, Call, Engine } from "./engine.ts";
import { fillGaps } from "./fill-gaps.ts";
import { RequestInWork } from "./request.ts";

export interface EngineParts extends DispatcherParts {
  readonly tokenizing: Tokenizing;
  /** Left out: no answer is kept. */
  readonly cache?: AnswerCache | undefined;
  /** How long a text may wait to be handed to the inference thread. */
  readonly timeoutMs: number;
}

/** Of the queue, what shadow requests may fill. */
const SHADOW_SHARE = 0.5;

/** tokenize → admit → batch → infer → classify, for one request at a time; each stage is a module of its own. */
export function createEngine(parts: EngineParts): Engine {
  const { tokenizing, record, runner, cache: kept = NO_CACHE } = parts;
  const dispatcher = new Dispatcher(parts);

  const checkRoom = (texts: number, tokens: number): void => {
    if (texts > parts.limitSequences || tokens > parts.limitTokens) {
      throw new WorkerError(
        "too_many_tokens",
        `the request has ${texts} sequence(s) of ${tokens} tokens together, more than the queue could ever hold ` +
          `(${parts.limitSequences} sequences, ${parts.limitTokens} tokens); send it in several requests`,
      );
    }
  };
  let full: { readonly afterSeconds: number; readonly error: WorkerError } | undefined;
  const queueFull = (): WorkerError => {
    const afterSeconds = dispatcher.pace.retryAfterSeconds(dispatcher.depthTokens);
    // One for all who are told the same: making an error costs more than the rest of a refusal here.
    if (full?.afterSeconds !== afterSeconds) {
      // No depth and no limit: the fuller queue is the slower variant's, and callers must not learn which they got.
      const message = "the queue has no room for this request; try again";
      full = { afterSeconds, error: retryable("queue_full", message, undefined, afterSeconds) };
    }
    return full.error;
  };
  const tooSlow = (timeoutMs: number): WorkerError => {
    const afterSeconds = dispatcher.pace.retryAfterSeconds(dispatcher.depthTokens);
    const own = `no answer within the ${timeoutMs} ms of X-Request-Timeout; allow more`;
    return timeoutMs < parts.timeoutMs
      ? retryable("request_deadline", own, undefined, afterSeconds)
      : retryable("queue_deadline", `waited longer than ${timeoutMs} ms; try again`, undefined, afterSeconds);
  };

  const compute = async (
    texts: readonly string[],
    call: Call,
    deadlineAtMs: number,
    timeoutMs: number,
  ): Promise<Answered[]> => {
    // Before anything is split: under overload a refusal must cost next to nothing.
    if (dispatcher.depth + texts.length > Math.max(parts.limitSequences, texts.length)) throw queueFull();
    const startedAtMs = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const patience = () => {
      const late = new AbortController();
      timer = setTimeout(() => late.abort(tooSlow(timeoutMs)), Math.max(0, deadlineAtMs - performance.now()));
      return AbortSignal.any([call.signal, late.signal]);
    };
    const split = tokenizing.encode(texts, patience);
    const tokenized: readonly Tokenized[] =
      split instanceof Promise ? await split.finally(() => clearTimeout(timer)) : split;
    if (call.signal.aborted) throw call.signal.reason;
    if (!runner.isReady) throw notReady();
    const request = new RequestInWork(tokenized, startedAtMs, call.isShadow);
    const sequences = tokenized.reduce((sum, text) => sum + text.sequences.length, 0);
    const tokens = request.texts.reduce(
      (sum, text) => sum + text.entries.reduce((all, { cost }) => all + cost, 0),
      0,
    );
    checkRoom(sequences, tokens);
    if (!dispatcher.admit(request, tokens)) throw queueFull();
    return watch(request, call.signal, deadlineAtMs, timeoutMs);
  };

  /** Until the request is answered, its caller may leave and its time may run out. */
  const watch = async (
    request: RequestInWork,
    signal: AbortSignal,
    deadlineAtMs: number,
    timeoutMs: number,
  ): Promise<Answered[]> => {
    const onAbort = () => dispatcher.fail(request, signal.reason, "caller_gone");
    const onDeadline = () => {
      // What is being computed is nearly there; only waiting has a deadline.
      if (dispatcher.isWaiting(request)) dispatcher.fail(request, tooSlow(timeoutMs), "deadline");
    };
    const timer = setTimeout(onDeadline, Math.max(0, deadlineAtMs - performance.now()));
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await request.promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  };

  return {
    get depth() {
      return tokenizing.depth + dispatcher.depth;
    },
    get depthTokens() {
      return dispatcher.depthTokens;
    },
    refusal(isShadow = false) {
      const { depth, depthTokens } = dispatcher;
      const share = isShadow ? SHADOW_SHARE : 1;
      if (depth < parts.limitSequences * share && depthTokens < parts.limitTokens * share) return undefined;
      if (isShadow) return queueFull();
      // A kept answer takes no place in the queue, and only the text itself says whether there is one.
      return kept === NO_CACHE ? queueFull() : undefined;
    },
    async predict(texts, call) {
      if (call.signal.aborted) throw call.signal.reason;
      const timeoutMs = Math.min(call.timeoutMs ?? parts.timeoutMs, parts.timeoutMs);
      const deadlineAtMs = performance.now() + timeoutMs;
      // With answers of a shadow kept, callers of a variant that has one would wait less than those of the other.
      const cache = call.isShadow === true ? NO_CACHE : kept;
      const found = texts.map((text) => cache.find(text));
      const missing = texts.filter((_, at) => found[at] === undefined);
      if (cache !== NO_CACHE) for (const answered of found) record.lookedUp(answered !== undefined);
      if (missing.length === 0) return fillGaps(found, []);
      if (!runner.isReady) throw notReady();
      const computed = await compute(missing, call, deadlineAtMs, timeoutMs);
      for (const [at, answered] of computed.entries()) cache.keep(missing[at] ?? "", answered);
      return fillGaps(found, computed);
    },
    dropWaiting: (error, reason) => dispatcher.dropWaiting(error, reason),
  };
}

function notReady(): WorkerError {
  return retryable("not_ready", "the model is being loaded; try again in a moment");
}
