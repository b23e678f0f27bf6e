import { type FileHandle, open } from "node:fs/promises";
import { CommandError } from "../../../proxy/src/command/arguments.ts";
import type { RowResult } from "./gateway.ts";
import type { Row } from "./rows.ts";

const HEADING = "line,token,outcome,value,id,code,detail\n";

/** A row that was not counted, and why. */
export interface Refused {
  readonly row: Row;
  readonly result: RowResult;
}

/** `FILE.rejects.csv`: the rows that were not counted, and why; made with the first of them. */
export class Rejects {
  readonly path: string;
  readonly #counts = new Map<string, number>();
  #handle: FileHandle | undefined;
  #bytes: number;

  /** @param bytes of it to keep; what stands behind was of a batch whose end nobody saw */
  constructor(file: string, bytes: number) {
    this.path = `${file}.rejects.csv`;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How many of this run, by code, the most frequent first. */
  get counts(): readonly (readonly [code: string, count: number])[] {
    return [...this.#counts].sort(([, one], [, other]) => other - one);
  }

  async add(rejected: readonly Refused[]): Promise<void> {
    if (rejected.length === 0) return;
    let text = this.#bytes === 0 ? HEADING : "";
    for (const { row, result } of rejected) {
      const { token, outcome, value, id } = row.cells;
      const { code = `status ${result.status}`, detail = "" } = result;
      text += `${[String(row.line), token, outcome, value, id, code, detail].map(quote).join(",")}\n`;
      this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    }
    const bytes = Buffer.from(text);
    try {
      this.#handle ??= await this.#open();
      await this.#handle.write(bytes, 0, bytes.length, this.#bytes);
    } catch (error) {
      throw new CommandError(`${this.path} cannot be written: ${(error as Error).message}`);
    }
    this.#bytes += bytes.length;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }

  async #open(): Promise<FileHandle> {
    const handle = await open(this.path, this.#bytes === 0 ? "w" : "r+");
    await handle.truncate(this.#bytes);
    return handle;
  }
}

/** RFC 4180, 2.6 and 2.7. */
function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
