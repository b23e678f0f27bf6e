/** A failure that may be over at the next attempt. */
export class Interruption extends Error {
  /** What the server asked for, in milliseconds: the pause is at least that. */
  readonly pauseMs: number | undefined;

  constructor(message: string, extras: { readonly cause?: unknown; readonly pauseMs?: number } = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.name = "Interruption";
    this.pauseMs = extras.pauseMs;
  }
}
