import { WorkerError } from "../errors.ts";
import { parseDuration } from "../settings.ts";
import { clip } from "./contract.ts";

export const REQUEST_TIMEOUT_HEADER = "x-request-timeout";

/** `250ms`, `1.5s`, `2m`, `1h` or bare seconds; more than nothing. The same as a JSON Schema's pattern. */
export const REQUEST_TIMEOUT_PATTERN =
  "^(0*[1-9][0-9]{0,8}(\\.[0-9]{1,9})?|0+\\.[0-9]{0,8}[1-9])(ms|s|m|h)?$";
/** More than any sensible value needs, so that leading zeros stay few. */
export const REQUEST_TIMEOUT_LENGTH = 24;

const PATTERN = new RegExp(REQUEST_TIMEOUT_PATTERN);

/**
 * The caller's own patience in milliseconds, at most the configured one.
 * @throws WorkerError `invalid_request` for what is no duration above 0.
 */
export function readRequestTimeout(
  given: string | string[] | undefined,
  limitMs: number,
): number | undefined {
  if (given === undefined) return undefined;
  const text = String(given);
  const ms = isDuration(text) ? parseDuration(/[a-z]$/.test(text) ? text : `${text}s`) : undefined;
  if (ms !== undefined) return Math.min(ms, limitMs);
  throw new WorkerError(
    "invalid_request",
    `${REQUEST_TIMEOUT_HEADER} ${clip(text)}: is no duration above 0; send one such as 250ms, 1.5s, 2m or, in seconds, 1.5`,
  );
}

function isDuration(text: string): boolean {
  return text.length <= REQUEST_TIMEOUT_LENGTH && PATTERN.test(text);
}
