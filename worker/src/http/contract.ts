import type { Task } from "../settings.ts";

export interface InputLimits {
  /** Most texts in one request: the smaller of max_texts and what the queue can ever hold. */
  readonly texts: number;
  /** Most Unicode characters in one text. */
  readonly characters: number;
}

/** What callers may send and what they get: requests are checked, answers written and OpenAPI generated from it. */
export interface Contract {
  readonly task: Task;
  /** Canonical labels in the model's order; empty for a regression. */
  readonly labels: readonly string[];
  readonly limits: InputLimits & { readonly bodyBytes: number };
  /** Longest that a text may wait, whatever its caller asks for. */
  readonly requestTimeoutMs: number;
  /** Whether `?detail=1` is answered. */
  readonly allowsDetail: boolean;
}

/** Marks a request whose answer reaches nobody: `1`. Anything else marks nothing. */
export const SHADOW_HEADER = "x-blindsplit-shadow";

export interface Endpoint {
  readonly fields: readonly ("text" | "texts")[];
  /**
   * Whether an unknown field is an error. `/predict` is ours and says so when a field has no effect. The
   * aliases exist for clients of another service, which ignored what it did not know; so they ignore it too.
   */
  readonly isStrict: boolean;
  /** Under which status an error of a text itself is reported. */
  readonly inputErrorStatus: number;
  /** Whether it knows `?detail=1`. */
  readonly hasDetail: boolean;
}

/** The endpoints that predict. `/forward*` are for clients of the service this one replaces. */
export const PREDICT_ENDPOINTS = {
  "/predict": { fields: ["text", "texts"], isStrict: true, inputErrorStatus: 422, hasDetail: true },
  "/forward": { fields: ["text"], isStrict: false, inputErrorStatus: 403, hasDetail: false },
  "/forward_batch": { fields: ["texts"], isStrict: false, inputErrorStatus: 403, hasDetail: false },
} as const satisfies Record<string, Endpoint>;

export type PredictPath = keyof typeof PREDICT_ENDPOINTS;

/** What a caller wrote, short enough to be quoted back. */
export function clip(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
