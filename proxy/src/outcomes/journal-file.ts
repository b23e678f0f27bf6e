import { constants } from "node:fs";
import { appendFile, type FileHandle, mkdir, open, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { JournalError } from "./journal-error.ts";
import { createHeading, type Heading } from "./journal-heading.ts";
import { writeLine } from "./journal-line.ts";
import { type FileLock, lockFile } from "./journal-lock.ts";
import { readJournal } from "./journal-reading.ts";

/** Outcomes say what became of callers: nobody else reads them. */
const MODE = 0o600;
const WRITTEN_AT_ONCE_CHARACTERS = 256 * 1024;

/** One file of lines that are on disk when a call resolves. Calls do not overlap. */
export class JournalFile {
  readonly #path: string;
  readonly #lock: FileLock;
  readonly #heading: Heading;
  #handle: FileHandle;
  /** What is on disk; whatever lies behind is a write that failed, and is written over. */
  #bytes: number;

  private constructor(path: string, lock: FileLock, heading: Heading, handle: FileHandle, bytes: number) {
    this.#path = path;
    this.#lock = lock;
    this.#heading = heading;
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /**
   * Reads what is there, which `take` gets line by line behind the heading, and keeps other processes out. A torn last
   * line goes to `PATH.cut`; a file that is no journal, or cannot be read, is left as it is.
   *
   * @throws JournalError
   */
  static async open(path: string, take: (content: unknown) => void): Promise<JournalFile> {
    await attempt(path, () => mkdir(dirname(path), { recursive: true }));
    const lock = await lockFile(path);
    try {
      const handle = await attempt(path, () => open(path, constants.O_RDWR | constants.O_CREAT, MODE));
      try {
        const { heading, bytes, torn } = await attempt(path, () => readJournal(handle, path, take));
        const file = new JournalFile(path, lock, heading ?? createHeading(), handle, bytes);
        // By another name first: a heading that is torn would make it no journal.
        if (heading === undefined) await attempt(path, () => file.replace([]));
        if (torn.length > 0) await attempt(path, () => file.#cut(torn));
        return file;
      } catch (error) {
        await handle.close();
        throw error;
      }
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Stays with what is counted in it, wherever the file is moved to. */
  get id(): string {
    const [, , id] = this.#heading;
    return id;
  }

  async #cut(torn: Buffer): Promise<void> {
    await appendFile(`${this.#path}.cut`, torn, { mode: MODE, flush: true });
    await this.#handle.truncate(this.#bytes);
  }

  /**
   * Whether a later reader would find what is written now: somebody may have moved the file away.
   *
   * @throws Error where another process may have it
   */
  async isThere(): Promise<boolean> {
    if (!(await this.#lock.isHeld()))
      throw new Error(
        `${this.#path}.lock was removed, so that another process may write the journal: restart this one`,
      );
    const ours = await this.#handle.stat();
    const there = await stat(this.#path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (there === undefined) return false;
    if (there.ino !== ours.ino) throw new Error(`${this.#path} was replaced by another file: move that away`);
    return true;
  }

  /** @throws whatever the system says; then nothing was written, as far as a later reader is concerned */
  async append(lines: string): Promise<void> {
    const bytes = Buffer.from(lines);
    try {
      await writeAll(this.#handle, bytes, this.#bytes);
      await this.#handle.datasync();
    } catch (error) {
      // Without it, a longer line would show behind a shorter one that is written over it.
      await this.#handle.truncate(this.#bytes).catch(() => undefined);
      throw error;
    }
    this.#bytes += bytes.length;
  }

  /** Puts these contents into the place of all lines behind the heading, at once or not at all. */
  async replace(contents: Iterable<unknown>): Promise<void> {
    const path = `${this.#path}.new`;
    const handle = await open(path, "w+", MODE);
    let bytes = 0;
    try {
      bytes = await writeContents(handle, this.#heading, contents);
      await handle.sync();
      await rename(path, this.#path);
    } catch (error) {
      await handle.close();
      await unlink(path).catch(() => undefined);
      throw error;
    }
    const replaced = this.#handle;
    this.#handle = handle;
    this.#bytes = bytes;
    await replaced.close();
    await syncFolder(dirname(this.#path));
  }

  async close(): Promise<void> {
    await this.#handle.close();
    await this.#lock.release();
  }
}

async function writeContents(
  handle: FileHandle,
  heading: Heading,
  contents: Iterable<unknown>,
): Promise<number> {
  let position = 0;
  let lines = writeLine(heading);
  const flush = async () => {
    const bytes = Buffer.from(lines);
    lines = "";
    await writeAll(handle, bytes, position);
    position += bytes.length;
  };
  for (const content of contents) {
    lines += writeLine(content);
    if (lines.length >= WRITTEN_AT_ONCE_CHARACTERS) await flush();
    // Requests are answered between two lines, however many there are.
    await nextTurn();
  }
  await flush();
  return position;
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** A new name is as durable as its folder (fsync(2)). */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof JournalError) throw error;
    throw new JournalError(
      `${path} (outcomes.journal) cannot be used: ${(error as Error).message}; name a file that this user may write to`,
    );
  }
}
