import { ERROR_STATUS, type ErrorCode, INPUT_ERRORS, toProblem, WorkerError } from "../errors.ts";
import type { Endpoint } from "./contract.ts";
import { CALLER_CODES } from "./response-schemas.ts";

/** What each code says, for who reads the description of the API. */
const MEANINGS: Readonly<Record<string, string>> = {
  malformed_http: "the request is not valid HTTP/1.1",
  invalid_utf8: "the body is not valid UTF-8",
  invalid_json: "the body is not valid JSON, or nested too deeply",
  invalid_request: "the body, a parameter or a header is not what was expected",
  not_found: "there is no such path",
  method_not_allowed: "the path has other methods; the header Allow lists them",
  request_timeout: "the request was not complete in time",
  body_timeout: "the body was not complete in time",
  body_too_large: "the body has more bytes than max_body_bytes",
  too_many_texts: "more texts than max_texts, or than the queue can hold",
  too_many_tokens: "more tokens than the queue can ever hold",
  unsupported_media_type: "the body is not JSON in UTF-8, or has a content coding",
  text_empty: "a text is empty or only white space",
  text_too_long: "a text has more characters than max_input_chars",
  text_overlong: "a text has more tokens than the model reads",
  text_unprocessable: "the model cannot process a text",
  headers_too_large: "the headers have too many bytes",
  queue_full: "too much waits already; nothing of the request was admitted",
  request_deadline: "the time that X-Request-Timeout gave is over",
  internal: "the worker failed unexpectedly; its log has the cause",
  not_ready: "the model is being loaded",
  inference_failed: "the model failed, and is being started anew",
  queue_deadline: "the texts waited for request_timeout",
  too_many_connections: "too many connections are open; use those",
  stopping: "the worker is stopping",
};

/** What can go wrong with any request. */
const COMMON: readonly ErrorCode[] = [
  "malformed_http",
  "request_timeout",
  "headers_too_large",
  "internal",
  "too_many_connections",
  "stopping",
];
/** Errors of the routing: no operation that is described here answers them. */
const OF_ROUTING: readonly ErrorCode[] = ["not_found", "method_not_allowed"];

export type Responses = Readonly<Record<string, object>>;

export function predictProblems(endpoint: Pick<Endpoint, "inputErrorStatus">): Responses {
  const codes = CALLER_CODES.filter((code) => !OF_ROUTING.includes(code));
  return describe(codes, (code) => (INPUT_ERRORS.has(code) ? endpoint.inputErrorStatus : ERROR_STATUS[code]));
}

export function readProblems(canBeUnready: boolean): Responses {
  return describe(canBeUnready ? [...COMMON, "not_ready"] : COMMON, (code) => ERROR_STATUS[code]);
}

function describe(codes: readonly ErrorCode[], statusOf: (code: ErrorCode) => number): Responses {
  const byStatus = Object.groupBy(codes, statusOf) as Record<string, ErrorCode[]>;
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, ofStatus]) => [status, describeStatus(Number(status), ofStatus)]),
  );
}

function describeStatus(status: number, codes: readonly ErrorCode[]): object {
  const meaningOf = (code: ErrorCode) => MEANINGS[code] ?? "";
  const exampleOf = (code: ErrorCode) => ({
    value: toProblem(new WorkerError(code, meaningOf(code)), status),
  });
  return {
    description: codes.map((code) => `\`${code}\`: ${meaningOf(code)}.`).join(" "),
    ...(status === 429 || status === 503 ? { headers: { "Retry-After": RETRY_AFTER } } : {}),
    content: {
      "application/problem+json": {
        schema: {
          $ref: "#/components/schemas/Problem",
          properties: { status: { const: status }, code: { enum: codes } },
        },
        examples: Object.fromEntries(codes.map((code) => [code, exampleOf(code)])),
      },
    },
  };
}

const RETRY_AFTER = {
  description: "In how many seconds the same request may succeed.",
  required: true,
  schema: { type: "integer", minimum: 1 },
};
