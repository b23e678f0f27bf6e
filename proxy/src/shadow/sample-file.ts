import { constants } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import type { Log } from "../log.ts";

/** Two files of this size at most: the current one, and the one before it with `.1` behind its name. */
const LIMIT_BYTES = 10 * 1024 * 1024;
/** Of lines that wait for the disk; more are dropped. */
const WAITING_BYTES = 1024 * 1024;
/** Never through a link that somebody else laid, and never waiting for the reader of a pipe. */
const FLAGS =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** JSON lines with texts, which only their owner may read. What cannot be written is dropped, and said once. */
export class SampleFile {
  readonly path: string;
  readonly #log: Log;
  readonly #limitBytes: number;
  #file: FileHandle | undefined;
  #bytes = 0;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(path: string, log: Log, limitBytes = LIMIT_BYTES) {
    this.path = path;
    this.#log = log;
    this.#limitBytes = limitBytes;
  }

  add(sample: object): void {
    const line = Buffer.from(`${JSON.stringify(sample)}\n`);
    if (this.#isClosed || this.#waitingBytes + line.length > WAITING_BYTES) return;
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** What was added is on its way to the disk when it resolves; never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
    await this.#file?.close().catch(() => undefined);
    this.#file = undefined;
  }

  /** Never rejects. */
  async #write(): Promise<void> {
    try {
      for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
        const file = await this.#room(first.length);
        const lines = this.#takeFitting();
        await file.appendFile(lines);
        this.#bytes += lines.length;
        this.#waitingBytes -= lines.length;
      }
    } catch (error) {
      this.#isClosed = true;
      this.#waiting = [];
      this.#log.error(
        { err: error, file: this.path },
        "texts of disagreements are no longer written (shadow.sample_texts): mend the file and reload",
      );
    }
  }

  /** As many of the lines as the file has place for; one at least. */
  #takeFitting(): Buffer {
    let bytes = 0;
    const end = this.#waiting.findIndex((line, index) => {
      if (index > 0 && this.#bytes + bytes + line.length > this.#limitBytes) return true;
      bytes += line.length;
      return false;
    });
    return Buffer.concat(this.#waiting.splice(0, end === -1 ? this.#waiting.length : end));
  }

  async #room(bytes: number): Promise<FileHandle> {
    const file = this.#file ?? (await this.#open());
    if (this.#bytes === 0 || this.#bytes + bytes <= this.#limitBytes) return file;
    this.#file = undefined;
    await file.close();
    await rename(this.path, `${this.path}.1`);
    return this.#open();
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.path, FLAGS, 0o600);
    this.#file = file;
    const found = await file.stat();
    if (!found.isFile()) throw new Error(`${this.path} is no file`);
    // It may have been there before, readable for others.
    await file.chmod(0o600);
    this.#bytes = found.size;
    return file;
  }
}
