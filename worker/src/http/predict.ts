import type { IncomingMessage, ServerResponse } from "node:http";
import { INPUT_ERRORS, WorkerError } from "../errors.ts";
import type { Answered, Call } from "../inference/engine.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics/record.ts";
import { createAnswerWriter } from "./answer.ts";
import { createHeaderWriter } from "./answer-headers.ts";
import { CallerGone, checkMediaType, parseJson, readBody } from "./body.ts";
import { type Contract, type Endpoint, SHADOW_HEADER } from "./contract.ts";
import { wantsDetail } from "./detail.ts";
import { createExplainer } from "./explainer.ts";
import { createInputReader } from "./input.ts";
import { countInput } from "./input-facts.ts";
import { REQUEST_TIMEOUT_HEADER, readRequestTimeout } from "./request-timeout.ts";
import { send, sendProblem } from "./response.ts";

export interface PredictParts {
  readonly contract: Contract;
  /** From the end of a request's headers to the end of its body. */
  readonly bodyMs: number;
  readonly metrics: Pick<Metrics, "answered" | "failed" | "input" | "emptyInput" | "shadow">;
  readonly log: Log;
  /**
   * Why no request at all would be taken now, however small it is; asked before anything is read of a body: under
   * overload a refusal must cost next to nothing.
   */
  refusal(isShadow: boolean): WorkerError | undefined;
  predict(texts: readonly string[], call: Call): Promise<Answered[]>;
}

/** @param refusal the answer to whatever is asked, where the caller's connection may not ask at all. */
export type PredictHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  endpoint: Endpoint,
  refusal?: WorkerError,
) => Promise<void>;

/** nginx's number for a caller who left before its answer was sent. */
const CALLER_LEFT = 499;

/** One prediction request from its first byte to its count. The returned handler never rejects. */
export function createPredictHandler(parts: PredictParts): PredictHandler {
  const { contract, bodyMs, metrics } = parts;
  const explain = createExplainer(parts.log);
  const { limits } = contract;
  const readInput = createInputReader(limits);
  const writeAnswer = createAnswerWriter(contract);
  const writeHeaders = createHeaderWriter(contract);

  /** What the head of a request says. Node reads and drops the body of one that is refused here. */
  const readHead = (request: IncomingMessage, endpoint: Endpoint) => {
    if (request.method !== "POST") {
      throw new WorkerError("method_not_allowed", "use POST with a JSON body", {
        headers: { allow: "POST" },
      });
    }
    checkMediaType(request);
    const isDetailed = endpoint.hasDetail && wantsDetail(request.url ?? "", contract.allowsDetail);
    const timeoutMs = readRequestTimeout(request.headers[REQUEST_TIMEOUT_HEADER], contract.requestTimeoutMs);
    return { isDetailed, timeoutMs };
  };

  return async (request, response, endpoint, refusal) => {
    const isShadow = request.headers[SHADOW_HEADER] === "1";
    const ended = isShadow ? metrics.shadow : metrics;
    let caller: AbortController | undefined;
    let predictions: Answered["prediction"][] = [];
    // Counted when all is over, because only then it is known whether the caller got the answer. The status is
    // the response's own: the server answers in our place when it stops.
    response.once("close", () => {
      const { errored, statusCode, writableFinished } = response;
      if (!writableFinished) {
        // Destroyed with our own error: it was us who cut the connection.
        ended.failed(errored instanceof WorkerError ? errored.status : CALLER_LEFT);
        caller?.abort(new CallerGone());
      } else if (statusCode === 200) ended.answered(predictions);
      else ended.failed(statusCode);
    });
    try {
      const { isDetailed, timeoutMs } = readHead(request, endpoint);
      const early = refusal ?? parts.refusal(isShadow);
      if (early !== undefined) {
        // The end of the connection would cut off what is still on its way here, and with it the answer.
        if (!response.shouldKeepAlive) await readBody(request, limits.bodyBytes, bodyMs);
        // Not thrown: that would cost as much as all the rest.
        sendProblem(response, early);
        return;
      }
      const body = parseJson(await readBody(request, limits.bodyBytes, bodyMs), limits.texts);
      const { texts, isSingle } = readInput(body, endpoint);
      if (response.destroyed) return;
      caller = new AbortController();
      const answered = await parts.predict(texts, { signal: caller.signal, timeoutMs, isShadow });
      if (!isShadow) for (const text of texts) metrics.input(countInput(text));
      predictions = answered.map(({ prediction }) => prediction);
      const written = writeAnswer(answered, { isSingle, isDetailed });
      await send(response, 200, "application/json", written, writeHeaders(answered, isSingle));
    } catch (thrown) {
      if (thrown instanceof CallerGone) return;
      const error = explain(thrown);
      if (error.code === "text_empty" && !isShadow) metrics.emptyInput();
      sendProblem(response, error, INPUT_ERRORS.has(error.code) ? endpoint.inputErrorStatus : error.status);
    }
  };
}
