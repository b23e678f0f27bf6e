import type { IncomingMessage, ServerResponse } from "node:http";
import { INPUT_ERRORS, WorkerError } from "../errors.ts";
import type { Answered, Call } from "../inference/engine.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics/record.ts";
import { createAnswerWriter, TRUNCATED_HEADER, writeTimings, writeTruncated } from "./answer.ts";
import { CallerGone, checkMediaType, parseJson, readBody } from "./body.ts";
import type { Contract, Endpoint } from "./contract.ts";
import { wantsDetail } from "./detail.ts";
import { createInputReader } from "./input.ts";
import { countInput } from "./input-facts.ts";
import { REQUEST_TIMEOUT_HEADER, readRequestTimeout } from "./request-timeout.ts";
import { explain, send, sendProblem } from "./response.ts";

export interface PredictParts {
  readonly contract: Contract;
  /** From the end of a request's headers to the end of its body. */
  readonly bodyMs: number;
  readonly metrics: Pick<Metrics, "answered" | "failed" | "input" | "emptyInput">;
  readonly log: Log;
  /** Throws when no work is taken now: the model is not loaded, or the worker is stopping. */
  predict(texts: readonly string[], call: Call): Promise<Answered[]>;
}

export type PredictHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  endpoint: Endpoint,
) => Promise<void>;

/** nginx's number for a caller who left before its answer was sent. */
const CALLER_LEFT = 499;

/** One prediction request from its first byte to its count. The returned handler never rejects. */
export function createPredictHandler(parts: PredictParts): PredictHandler {
  const { contract, bodyMs, metrics, log } = parts;
  const { limits } = contract;
  const readInput = createInputReader(limits);
  const writeAnswer = createAnswerWriter(contract);

  const answer = async (request: IncomingMessage, endpoint: Endpoint, signal: AbortSignal) => {
    if (request.method !== "POST") {
      throw new WorkerError("method_not_allowed", "use POST with a JSON body", {
        headers: { allow: "POST" },
      });
    }
    checkMediaType(request);
    const isDetailed = endpoint.hasDetail && wantsDetail(request.url ?? "", contract.allowsDetail);
    const timeoutMs = readRequestTimeout(request.headers[REQUEST_TIMEOUT_HEADER], contract.requestTimeoutMs);
    const body = parseJson(await readBody(request, limits.bodyBytes, bodyMs), limits.texts);
    const { texts, isSingle } = readInput(body, endpoint);
    const answered = await parts.predict(texts, { signal, timeoutMs });
    for (const text of texts) metrics.input(countInput(text));
    return { answered, wish: { isSingle, isDetailed } };
  };

  return async (request, response, endpoint) => {
    const caller = new AbortController();
    let predictions: Answered["prediction"][] = [];
    // Counted when all is over, because only then it is known whether the caller got the answer. The status is
    // the response's own: the server answers in our place when it stops.
    response.once("close", () => {
      const { errored, statusCode, writableFinished } = response;
      if (!writableFinished) {
        // Destroyed with our own error: it was us who cut the connection.
        metrics.failed(errored instanceof WorkerError ? errored.status : CALLER_LEFT);
        caller.abort(new CallerGone());
      } else if (statusCode === 200) metrics.answered(predictions);
      else metrics.failed(statusCode);
    });
    try {
      const { answered, wish } = await answer(request, endpoint, caller.signal);
      predictions = answered.map(({ prediction }) => prediction);
      await send(response, 200, "application/json", writeAnswer(answered, wish), headersOf(answered));
    } catch (thrown) {
      if (thrown instanceof CallerGone) return;
      const error = explain(thrown, log);
      if (error.code === "text_empty") metrics.emptyInput();
      sendProblem(response, error, INPUT_ERRORS.has(error.code) ? endpoint.inputErrorStatus : error.status);
    }
  };
}

function headersOf(answered: readonly Answered[]): Readonly<Record<string, string>> {
  const timings = { "server-timing": writeTimings(answered) };
  const truncated = writeTruncated(answered);
  return truncated === undefined ? timings : { ...timings, [TRUNCATED_HEADER]: truncated };
}
