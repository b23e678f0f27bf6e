/** What a command may touch: `main.ts` gives it the process, a test something else. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the terminal that standard output is; undefined where it is a file or a pipe. */
  readonly columns?: number | undefined;
  /** Standard output: results alone, so that they can be piped. */
  write(text: string): void;
  /** Standard error. */
  complain(text: string): void;
  /** Where progress is drawn if it is a terminal. */
  readonly screen?: NodeJS.WritableStream;
  /** For a command that goes on until the process is asked to end, which without this ends it at once. */
  readonly stopSignal?: () => AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
}
