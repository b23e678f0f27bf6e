/** A failure that ends the program: one line for the reader (what, and the remedy), one code for scripts and tests. */
export class CommandError extends Error {
  readonly code: string;
  /** 2 is a wrong command line, 1 everything else. */
  readonly exitCode: 1 | 2;

  constructor(code: string, message: string, options: { cause?: unknown; exitCode?: 1 | 2 } = {}) {
    super(message, { cause: options.cause });
    this.name = "CommandError";
    this.code = code;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** Says why `program` ends and returns its exit code; what is no CommandError is a bug, and thrown on. */
export function reportFailure(program: string, error: unknown, stream: NodeJS.WritableStream): 1 | 2 {
  if (!(error instanceof CommandError)) throw error;
  stream.write(`${program}: ${error.message}\n`);
  return error.exitCode;
}

/** `fetch` says only "fetch failed"; what happened (ECONNREFUSED, ENOTFOUND, …) is in its cause. */
export function failureCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "timeout";
  if (error.cause instanceof Error) return failureCode(error.cause);
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.message;
}
