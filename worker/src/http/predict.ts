import type { IncomingMessage, ServerResponse } from "node:http";
import { INPUT_ERRORS, WorkerError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics/record.ts";
import type { Prediction } from "../model/prediction.ts";
import { CallerGone, checkMediaType, parseJson, readBody } from "./body.ts";
import { type InputLimits, type InputShape, readInput } from "./input.ts";
import { explain, sendJson, sendProblem } from "./response.ts";

/** The endpoints that predict. `/forward*` are for clients of the service this one replaces. */
export const PREDICT_ENDPOINTS = {
  "/predict": { fields: ["text", "texts"], isStrict: true, inputErrorStatus: 422 },
  "/forward": { fields: ["text"], isStrict: false, inputErrorStatus: 403 },
  "/forward_batch": { fields: ["texts"], isStrict: false, inputErrorStatus: 403 },
} as const satisfies Record<string, InputShape & { inputErrorStatus: number }>;

export type PredictEndpoint = (typeof PREDICT_ENDPOINTS)[keyof typeof PREDICT_ENDPOINTS];

export interface PredictParts {
  readonly limits: InputLimits & { readonly bodyBytes: number; readonly bodyMs: number };
  readonly metrics: Pick<Metrics, "answered" | "failed" | "characters">;
  readonly log: Log;
  /** Throws when no work is taken now: the model is not loaded, or the worker is stopping. */
  predict(texts: readonly string[], signal: AbortSignal): Promise<Prediction[]>;
}

export type PredictHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  endpoint: PredictEndpoint,
) => Promise<void>;

/** nginx's number for a caller who left before its answer was sent. */
const CALLER_LEFT = 499;

/** One prediction request from its first byte to its count. The returned handler never rejects. */
export function createPredictHandler(parts: PredictParts): PredictHandler {
  const { limits, metrics, log } = parts;

  const answer = async (request: IncomingMessage, endpoint: PredictEndpoint, signal: AbortSignal) => {
    if (request.method !== "POST") {
      throw new WorkerError("method_not_allowed", "use POST with a JSON body", {
        headers: { allow: "POST" },
      });
    }
    checkMediaType(request);
    const body = parseJson(await readBody(request, limits.bodyBytes, limits.bodyMs));
    const input = readInput(body, endpoint, limits);
    const predictions = await parts.predict(input.texts, signal);
    for (const count of input.characters) metrics.characters(count);
    return { predictions, isSingle: input.isSingle };
  };

  return async (request, response, endpoint) => {
    const caller = new AbortController();
    let predictions: Prediction[] = [];
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
      const answered = await answer(request, endpoint, caller.signal);
      const { isSingle } = answered;
      predictions = answered.predictions;
      sendJson(response, 200, isSingle ? predictions[0] : { predictions });
    } catch (thrown) {
      if (thrown instanceof CallerGone) return;
      const error = explain(thrown, log);
      sendProblem(response, error, INPUT_ERRORS.has(error.code) ? endpoint.inputErrorStatus : error.status);
    }
  };
}
