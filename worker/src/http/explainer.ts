import { asWorkerError, type ErrorCode, type WorkerError } from "../errors.ts";
import type { Log } from "../log.ts";
import { createSeldom } from "./seldom.ts";

/** Anything thrown → what its caller is told. */
export type Explain = (thrown: unknown) => WorkerError;

/** At most one line about errors of one code in this time: a broken model has the same one for every caller. */
const PERIOD_MS = 1_000;

/** What its callers are not told goes to the log: the causes of our own faults, and that the model fails at texts. */
export function createExplainer(log: Log): Explain {
  const seldom = new Map<ErrorCode, ReturnType<typeof createSeldom>>();
  return (thrown) => {
    const error = asWorkerError(thrown);
    const { code, cause, message, status } = error;
    if (cause === undefined) return error;
    const say = seldom.get(code) ?? createSeldom(PERIOD_MS);
    seldom.set(code, say);
    say((leftOut) => {
      if (status >= 500) log.error({ err: cause, code, leftOut }, "a request failed");
      // Without its cause: a tokenizer may quote the text.
      else log.warn({ code, reason: message, leftOut }, "a request could not be processed");
    });
    return error;
  };
}
