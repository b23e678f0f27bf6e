import type { Log } from "../log.ts";
import type { Series } from "../metrics/series.ts";
import type { JournalFile } from "./journal-file.ts";
import { writeLine } from "./journal-line.ts";

/** Outcomes that may wait for the disk; more are refused. */
const MOST_WAITING = 10_000;
/** The file is rewritten when so much was appended, and at least as much again as a rewriting leaves. */
const REWRITE_BYTES = 16 * 1024 * 1024;

interface Waiting {
  readonly line: string;
  readonly commit: () => void;
  readonly resolve: (result: Stored) => void;
}

/** `busy`: too many wait; `failed`: the disk does not take it. Neither is written. */
export type Stored = "stored" | "busy" | "failed";

export interface JournalOptions {
  readonly file: Pick<JournalFile, "append" | "bytes" | "close" | "isThere" | "replace">;
  /** Everything that the lines so far amount to; asked while nothing is committed. */
  readonly snapshot: () => Iterable<unknown>;
  /** 1 while the disk takes what comes. */
  readonly up: Series;
  readonly log: Log;
  readonly rewriteBytes?: number;
}

/**
 * Writes lines so that they are on disk before anybody is told. All that wait when a write ends go into the next one
 * together, so that many callers share one fsync.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #rewriteBytes: number;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #rewriteAt: number;
  #isClosed = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#rewriteBytes = options.rewriteBytes ?? REWRITE_BYTES;
    this.#rewriteAt = this.#rewriteBytes;
    options.up.value = 1;
  }

  /** @param commit runs when the content is on disk, before anything else is written */
  append(content: unknown, commit: () => void): Promise<Stored> {
    if (this.#isClosed) return Promise.resolve("failed");
    if (this.#waiting.length >= MOST_WAITING) return Promise.resolve("busy");
    const { promise, resolve } = Promise.withResolvers<Stored>();
    this.#waiting.push({ line: writeLine(content), commit, resolve });
    this.#running ??= this.#run();
    return promise;
  }

  /** What waits is written first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
    await this.#options.file.close();
  }

  async #run(): Promise<void> {
    const { file, snapshot } = this.#options;
    // What comes in the same turn of the event loop, such as the rest of a batch, is written with it.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        if (!(await file.isThere())) await file.replace(snapshot());
        await file.append(group.map(({ line }) => line).join(""));
      } catch (error) {
        this.#failed(error as Error);
        for (const { resolve } of group) resolve("failed");
        continue;
      }
      this.#succeeded();
      for (const { commit, resolve } of group) {
        commit();
        resolve("stored");
      }
      if (file.bytes >= this.#rewriteAt) await this.#rewrite();
    }
    // In the same turn in which nobody waited: whoever comes next has to begin anew.
    this.#running = undefined;
  }

  async #rewrite(): Promise<void> {
    const { file, snapshot, log } = this.#options;
    const before = file.bytes;
    try {
      await file.replace(snapshot());
      log.info({ bytes_before: before, bytes: file.bytes }, "the journal of outcomes was rewritten");
    } catch (error) {
      log.warn(
        { err: error, bytes: before },
        "the journal of outcomes cannot be rewritten: it grows until it can",
      );
    }
    this.#rewriteAt = file.bytes + Math.max(this.#rewriteBytes, file.bytes);
  }

  #failed(error: Error): void {
    const { up, log } = this.#options;
    if (up.value === 1)
      log.error({ err: error }, "the journal of outcomes cannot be written: outcomes are refused");
    up.value = 0;
  }

  #succeeded(): void {
    const { up, log } = this.#options;
    if (up.value === 0) log.info("the journal of outcomes can be written again");
    up.value = 1;
  }
}
