/**
 * Everything the proxy answers by itself: stable codes, one status each (RFC 9457 problem details).
 * Callers may branch on `code`; the sentence in `detail` may change.
 */
export const PROBLEMS = {
  bad_request: { status: 400, title: "The request cannot be parsed" },
  ambiguous_request: { status: 400, title: "The request could be read in two ways" },
  id_empty: { status: 400, title: "The user id is empty" },
  id_too_long: { status: 400, title: "The user id is too long" },
  id_control_character: { status: 400, title: "The user id holds a control character" },
  id_not_utf8: { status: 400, title: "The user id is not UTF-8" },
  id_repeated: { status: 400, title: "The user id was sent more than once" },
  force_invalid: { status: 400, title: "The force token cannot be used" },
  unauthorised: { status: 401, title: "A key is needed" },
  not_found: { status: 404, title: "There is nothing here" },
  method_not_allowed: { status: 405, title: "The method is not allowed" },
  request_timeout: { status: 408, title: "The request did not arrive in time" },
  body_too_large: { status: 413, title: "The request body is too large" },
  unsupported_media_type: { status: 415, title: "The content type is not taken" },
  uri_too_long: { status: 414, title: "The request target is too long" },
  rate_limited: { status: 429, title: "Too many requests" },
  headers_too_large: { status: 431, title: "The request headers are too large" },
  upstream_unreachable: { status: 502, title: "The service cannot be reached" },
  upstream_broken: { status: 502, title: "The service broke off before it answered" },
  answer_not_blind: { status: 502, title: "The service's answer may not leave" },
  no_healthy_upstream: { status: 503, title: "The service is not available" },
  too_many_connections: { status: 503, title: "Too many connections are open" },
  configuration_expired: { status: 503, title: "The request took longer than its configuration" },
  too_many_in_flight: { status: 503, title: "Too many requests are in flight" },
  outcome_malformed: { status: 400, title: "The outcome cannot be read" },
  outcome_token_invalid: { status: 400, title: "The outcome's token is none of this gateway's" },
  outcome_conflict: { status: 409, title: "The outcome was reported with another value" },
  outcome_expired: { status: 422, title: "The outcome comes too late" },
  outcome_from_future: { status: 422, title: "The outcome's token is of the future" },
  outcome_other_experiment: { status: 422, title: "The outcome is of another experiment" },
  outcome_id_not_allowed: { status: 422, title: "The outcome may have no id of its own" },
  outcome_not_allowed: { status: 422, title: "The outcome is not taken" },
  outcome_value_invalid: { status: 422, title: "The outcome's value is not allowed" },
  outcome_unknown_label: { status: 422, title: "The outcome's label is not known" },
  outcome_no_prediction: { status: 422, title: "The outcome's answer had no predicted label" },
  outcomes_busy: { status: 503, title: "Too many outcomes are on their way" },
  outcomes_not_stored: { status: 503, title: "Outcomes cannot be written to disk" },
  upstream_timeout: { status: 504, title: "The service did not answer in time" },
  /** The service's own 4xx or 5xx: its status stays (see `Refusal`), its body does not: it would tell the variant. */
  upstream_error: { status: 502, title: "The service answered with an error" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A refusal on its way to the caller. `status` is the code's own unless the service's status is kept. */
export interface Refusal {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly status?: number;
  /** Seconds for `Retry-After`; only where the request was never sent. */
  readonly retryAfterSeconds?: number;
}

export function statusOf(refusal: Refusal): number {
  return refusal.status ?? PROBLEMS[refusal.code].status;
}

/** The body of a refusal, as `application/problem+json`. */
export function problemBody(refusal: Refusal): Buffer {
  return Buffer.from(
    JSON.stringify({
      type: "about:blank",
      title: PROBLEMS[refusal.code].title,
      status: statusOf(refusal),
      code: refusal.code,
      detail: refusal.detail,
    }),
  );
}
