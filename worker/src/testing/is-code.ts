import { type ErrorCode, WorkerError } from "../errors.ts";

/** For `assert.rejects` and `assert.throws`: an error of ours with that code. */
export function isCode(code: ErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof WorkerError && error.code === code;
}
