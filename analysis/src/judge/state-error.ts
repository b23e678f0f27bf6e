/** The state file cannot be used; the message says what helps. */
export class StateError extends Error {
  override readonly name = "StateError";
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
