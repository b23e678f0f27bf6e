import { STATUS_CODES } from "node:http";

/**
 * Every error a worker can speak of, declared once: code → HTTP status. The codes are API: callers branch on
 * them, so a code is never renamed and never given a second meaning.
 *
 * Status 0 marks an error of start-up or of the process, which no caller ever sees.
 */
export const ERROR_STATUS = {
  // The request cannot be understood.
  malformed_http: 400,
  invalid_utf8: 400,
  invalid_json: 400,
  invalid_request: 400,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  body_timeout: 408,
  body_too_large: 413,
  too_many_texts: 413,
  too_many_tokens: 413,
  unsupported_media_type: 415,
  // The model cannot process this input. 403 on `/forward*`, see `INPUT_ERRORS`.
  text_empty: 422,
  text_too_long: 422,
  text_overlong: 422,
  text_unprocessable: 422,
  headers_too_large: 431,
  // The worker cannot answer now; the same request may succeed a moment later.
  queue_full: 429,
  // Not a 5xx: it is the caller's own patience that ran out, and a gateway must not take this worker for a sick one.
  request_deadline: 429,
  internal: 500,
  not_ready: 503,
  inference_failed: 503,
  queue_deadline: 503,
  too_many_connections: 503,
  stopping: 503,
  // Start-up and process.
  option_invalid: 0,
  model_file_missing: 0,
  model_download_failed: 0,
  model_hash_mismatch: 0,
  model_unsupported: 0,
  model_load_failed: 0,
  listen_failed: 0,
  inference_broken: 0,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** The errors that are about one text itself; `/forward*` reports them as 403, the contract it inherited. */
export const INPUT_ERRORS: ReadonlySet<ErrorCode> = new Set([
  "text_empty",
  "text_too_long",
  "text_overlong",
  "text_unprocessable",
]);

export interface ErrorExtras {
  readonly cause?: unknown;
  /** Response headers that belong to this error, such as `retry-after` or `allow`. */
  readonly headers?: Readonly<Record<string, string>>;
}

export class WorkerError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string, extras: ErrorExtras = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.name = "WorkerError";
    this.code = code;
    this.status = ERROR_STATUS[code];
    this.headers = extras.headers ?? {};
  }
}

/**
 * An error that is worth a retry.
 * @param afterSeconds when, in whole seconds: coarse, because through a gateway that lets a worker's 429 pass
 *   (`blind.client_errors: pass`) a finer figure would tell the fuller queue, which is the slower variant's.
 */
export function retryable(code: ErrorCode, message: string, cause?: unknown, afterSeconds = 1): WorkerError {
  return new WorkerError(code, message, { cause, headers: { "retry-after": String(afterSeconds) } });
}

/** Body of an `application/problem+json` response (RFC 9457). */
export interface Problem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
}

/** `type` is `about:blank`, so `title` must be the status phrase (RFC 9457, 4.2.1); callers branch on `code`. */
export function toProblem(error: WorkerError, status: number): Problem {
  return {
    type: "about:blank",
    title: STATUS_CODES[status] ?? "Error",
    status,
    code: error.code,
    detail: error.message,
  };
}

/** Anything thrown → a WorkerError; what we did not foresee becomes `internal` and keeps its cause for the log. */
export function asWorkerError(thrown: unknown): WorkerError {
  if (thrown instanceof WorkerError) return thrown;
  return new WorkerError("internal", "the worker failed unexpectedly; its log has the cause", {
    cause: thrown,
  });
}
