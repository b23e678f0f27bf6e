/** The journal cannot be used: the message names the file and what helps. */
export class JournalError extends Error {
  override readonly name = "JournalError";
}
