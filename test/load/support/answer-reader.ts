export interface Answer {
  readonly status: number;
  /** Status line and fields as they came. */
  readonly head: string;
  /** One character a byte. */
  readonly body: string;
  /** The other side will close the connection after it. */
  readonly last: boolean;
}

/** Reads the answers of one connection, one character a byte. An answer that only the end of the connection ends, is none. */
export class AnswerReader {
  #pending = "";
  #head: { text: string; status: number; length: number | undefined; last: boolean } | undefined;
  #chunks = "";

  /** Whether bytes of the next answer are here. */
  get started(): boolean {
    return this.#pending !== "" || this.#head !== undefined;
  }

  /** The next answer once it is complete. */
  feed(bytes: string): Answer | undefined {
    this.#pending += bytes;
    this.#head ??= this.#readHead();
    if (this.#head === undefined) return undefined;
    const { text, status, length, last } = this.#head;
    const body = length === undefined ? this.#readChunks() : this.#readLength(length);
    if (body === undefined) return undefined;
    this.#head = undefined;
    return { status, head: text, body, last };
  }

  #readHead() {
    for (;;) {
      const end = this.#pending.indexOf("\r\n\r\n");
      if (end < 0) return undefined;
      const text = this.#pending.slice(0, end);
      this.#pending = this.#pending.slice(end + 4);
      const status = Number(text.slice(9, 12));
      // 1xx stands before the answer, not for it.
      if (status < 200) continue;
      const empty = status === 204 || status === 304;
      const length = empty ? "0" : /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
      const last = /\r\nconnection: *close/i.test(text);
      return { text, status, length: length === undefined ? undefined : Number(length), last };
    }
  }

  #readLength(length: number): string | undefined {
    if (this.#pending.length < length) return undefined;
    const body = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(length);
    return body;
  }

  #readChunks(): string | undefined {
    for (;;) {
      const lineEnd = this.#pending.indexOf("\r\n");
      if (lineEnd < 0) return undefined;
      const size = Number.parseInt(this.#pending.slice(0, lineEnd), 16);
      const end = lineEnd + 2 + size + 2;
      if (this.#pending.length < end) return undefined;
      this.#chunks += this.#pending.slice(lineEnd + 2, end - 2);
      this.#pending = this.#pending.slice(end);
      if (size > 0) continue;
      const body = this.#chunks;
      this.#chunks = "";
      return body;
    }
  }
}
