import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Situation } from "./situations.ts";

/** Everything that a caller can see of one answer. */
export interface Sight {
  /** From the first byte of the request to the last of the answer. */
  readonly ms: number;
  /** The heads that came before the final one (1xx), as they came. */
  readonly interim: readonly string[];
  readonly version: string;
  readonly status: string;
  readonly reason: string;
  /** Name and value as they came, in their order. */
  readonly fields: readonly (readonly [string, string])[];
  readonly framing: "length" | "chunks" | "close" | "none";
  readonly chunkSizes: readonly number[];
  readonly headBytes: number;
  readonly bodyBytes: number;
  /** Closed by the other side with this answer, or before the next request on the connection. */
  closed: boolean;
  /** The connection broke before the answer was whole. */
  readonly broken: boolean;
}

/** Sends requests over one connection for as long as the other side keeps it, then over a new one. */
export class KeptConnection {
  readonly #port: number;
  #socket: Socket | undefined;
  /** What was seen last on this connection. */
  #last: Sight | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  async call(situation: Situation, id: string): Promise<Sight> {
    const socket = await this.#connected();
    const { method, target, fields, body } = situation;
    const framed = fields.some((field) => field.startsWith("transfer-encoding")) || body === "";
    const lines = [`${method} ${target} HTTP/1.1`, "host: example.org", `x-user-id: ${id}`, ...fields];
    if (!framed) lines.push(`content-length: ${body.length}`);
    const startedAt = performance.now();
    socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`);
    const { text, hasEnded } = await readAnswer(socket, method);
    const ms = performance.now() - startedAt;
    // What closes, closes with the answer's last byte or a moment later.
    if (!hasEnded) await new Promise((resolve) => setImmediate(resolve));
    const sight = { ms, closed: hasEnded || isClosed(socket), ...describe(text, method, hasEnded) };
    this.#last = sight;
    return sight;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #connected(): Promise<Socket> {
    if (this.#socket !== undefined) {
      if (!isClosed(this.#socket)) return this.#socket;
      if (this.#last !== undefined) this.#last.closed = true;
      this.close();
    }
    const socket = connect(this.#port, "127.0.0.1");
    socket.setNoDelay(true).setEncoding("latin1");
    socket.on("error", () => undefined);
    await once(socket, "connect");
    this.#socket = socket;
    this.#last = undefined;
    return socket;
  }
}

function isClosed(socket: Socket): boolean {
  return socket.readableEnded || socket.destroyed;
}

async function readAnswer(socket: Socket, method: string): Promise<{ text: string; hasEnded: boolean }> {
  let text = "";
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const onData = (chunk: string) => {
    text += chunk;
    if (isWhole(text, method)) resolve(false);
  };
  const onEnd = () => resolve(true);
  socket.on("data", onData).once("end", onEnd).once("close", onEnd);
  const hasEnded = await promise;
  socket.off("data", onData).off("end", onEnd).off("close", onEnd);
  // Without a listener for data the socket stays in flowing mode: its end is noticed.
  return { text, hasEnded };
}

/** The final head's start, its end, and what it says of the body. */
function outline(text: string, method: string) {
  let start = 0;
  const interim: string[] = [];
  for (;;) {
    const end = text.indexOf("\r\n\r\n", start);
    if (end < 0) return undefined;
    const head = text.slice(start, end);
    const status = head.split(" ", 2)[1] ?? "";
    if (!status.startsWith("1")) {
      const isEmpty = method === "HEAD" || status === "204" || status === "304";
      const length = /^content-length: *(\d+)/im.exec(head)?.[1];
      const isChunked = /^transfer-encoding: *chunked/im.test(head);
      const framing = isEmpty ? "none" : isChunked ? "chunks" : length !== undefined ? "length" : "close";
      return { interim, head, bodyStart: end + 4, framing, length: Number(length) } as const;
    }
    interim.push(head);
    start = end + 4;
  }
}

function isWhole(text: string, method: string): boolean {
  const found = outline(text, method);
  if (found === undefined) return false;
  switch (found.framing) {
    case "none":
      return true;
    case "length":
      return text.length >= found.bodyStart + found.length;
    case "chunks":
      return text.endsWith("0\r\n\r\n") && readChunks(text, found.bodyStart).isWhole;
    default:
      return false;
  }
}

function readChunks(text: string, start: number): { sizes: number[]; isWhole: boolean } {
  const sizes: number[] = [];
  for (let at = start; ; ) {
    const lineEnd = text.indexOf("\r\n", at);
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(text.slice(at, lineEnd), 16);
    if (Number.isNaN(size) || text.length < lineEnd + size + 4) return { sizes, isWhole: false };
    if (size === 0) return { sizes, isWhole: true };
    sizes.push(size);
    at = lineEnd + size + 4;
  }
}

function describe(text: string, method: string, hasEnded: boolean): Omit<Sight, "ms" | "closed"> {
  const found = outline(text, method);
  const head = found?.head ?? "";
  const [line = "", ...lines] = head.split("\r\n");
  const [, version = "", status = "", reason = ""] = /^(\S+) (\d+) ?(.*)$/.exec(line) ?? [];
  const framing = found?.framing ?? "none";
  const bodyStart = found?.bodyStart ?? 0;
  return {
    interim: found?.interim ?? [],
    version,
    status,
    reason,
    fields: lines.map((field) => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon), field.slice(colon + 1).trim()] as const;
    }),
    framing,
    chunkSizes: framing === "chunks" ? readChunks(text, bodyStart).sizes : [],
    headBytes: head.length,
    bodyBytes: text.length - bodyStart,
    broken: hasEnded && framing !== "close" && !isWhole(text, method),
  };
}
