import { connect, type Socket } from "node:net";
import { type Answer, AnswerReader } from "./answer-reader.ts";
import { predictRequest } from "./predict-request.ts";

/**
 * `unconnected`: nobody accepts; `stale`: a connection that has carried answers was closed before any byte of the next,
 * which a caller may repeat (RFC 9112, 9.3.1); `broken`: closed at any other time; `silent`: nothing came for too long.
 */
export type Failure = "unconnected" | "stale" | "broken" | "silent";

export type Outcome =
  | { readonly answer: Answer; readonly failure: undefined }
  | { readonly answer: undefined; readonly failure: Failure };

/** One request at a time over one connection that is kept while the other side keeps it. Cheap: the load shares the machine. */
export class Caller {
  readonly #port: number;
  readonly #patienceMs: number;
  #socket: Socket | undefined;
  #reader = new AnswerReader();
  #answered = 0;
  #settle: ((outcome: Outcome) => void) | undefined;

  constructor(port: number, patienceMs = 15_000) {
    this.#port = port;
    this.#patienceMs = patienceMs;
  }

  /** @param more written after `bytes`, piece by piece, while the answer may already come */
  call(bytes: string, more?: AsyncIterable<string>): Promise<Outcome> {
    const socket = this.#socket ?? this.#open();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#settle = resolve;
    socket.setTimeout(this.#patienceMs);
    socket.write(bytes, "latin1");
    if (more !== undefined) void writeAll(socket, more);
    return promise;
  }

  /** Whether its connection is still there. */
  connected(): boolean {
    return this.#socket !== undefined;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open(): Socket {
    const socket = connect(this.#port, "127.0.0.1").setNoDelay(true).setEncoding("latin1");
    this.#socket = socket;
    this.#reader = new AnswerReader();
    this.#answered = 0;
    let connected = false;
    let silent = false;
    socket.once("connect", () => {
      connected = true;
    });
    socket.on("data", (text: string) => this.#receive(socket, text));
    socket.on("timeout", () => {
      silent = true;
      socket.destroy();
    });
    socket.on("error", () => undefined);
    // A FIN in the middle of an answer is as much its end as a reset.
    socket.on("end", () => socket.destroy());
    socket.once("close", () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      const kept = this.#answered > 0 && !this.#reader.started;
      this.#finish({ answer: undefined, failure: failureOf(connected, silent, kept) });
    });
    return socket;
  }

  #receive(socket: Socket, text: string): void {
    const answer = this.#reader.feed(text);
    if (answer === undefined || this.#socket !== socket) return;
    this.#answered++;
    socket.setTimeout(0);
    if (answer.last) this.close();
    this.#finish({ answer, failure: undefined });
  }

  #finish(outcome: Outcome): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(outcome);
  }
}

function failureOf(connected: boolean, silent: boolean, kept: boolean): Failure {
  if (!connected) return "unconnected";
  if (silent) return "silent";
  return kept ? "stale" : "broken";
}

async function writeAll(socket: Socket, pieces: AsyncIterable<string>): Promise<void> {
  for await (const piece of pieces) {
    if (socket.destroyed) return;
    socket.write(piece, "latin1");
  }
}

export interface Identity {
  readonly kind: "header" | "cookie";
  readonly id: string;
}

const BODY = { text: "what a lovely day, the sun is up and all is well" };

/** A small prediction, as a service (header) or a browser (cookie) asks for it. */
export function smallRequest({ kind, id }: Identity): string {
  return predictRequest(BODY, fieldOf(kind, id));
}

/** A request without a body, or the head of one whose chunks follow. */
export function requestHead(method: string, path: string, { kind, id }: Identity, chunked: boolean): string {
  return `${method} ${path} HTTP/1.1\r\nHost: load\r\n${fieldOf(kind, id)}${chunked ? "Transfer-Encoding: chunked\r\n" : ""}\r\n`;
}

function fieldOf(kind: Identity["kind"], id: string): string {
  return kind === "header" ? `X-User-Id: ${id}\r\n` : `Cookie: model_session=${id}\r\n`;
}
