import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const TEXT = 0x81;
const CLOSE = 0x88;
/** RFC 6455, 5.2: longer ones need an extended length, which nobody here sends. */
const LONGEST = 125;

/** The service's side: says its name, then sends every text back. */
export function echoFrames(request: IncomingMessage, socket: Duplex, name: string): void {
  const key = request.headers["sec-websocket-key"] ?? "";
  const accept = createHash("sha1")
    .update(key + GUID)
    .digest("base64");
  socket.on("error", () => undefined);
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.write(frame(name, false));
  readFrames(socket, (text) => socket.write(frame(text, false)));
  socket.once("end", () => socket.end());
}

/** One WebSocket through the proxy. */
export interface FrameCaller {
  /** What the service called itself. */
  readonly name: string;
  /** The text that comes back; throws when the connection is gone. */
  echo(text: string): Promise<string>;
  open(): boolean;
  close(): void;
}

/** Resolves once the service has said its name. */
export function callFrames(port: number, unit: string, patienceMs = 10_000): Promise<FrameCaller> {
  const socket = connect(port, "127.0.0.1");
  socket.setTimeout(patienceMs, () => socket.destroy(new Error(`silent for ${patienceMs} ms`)));
  socket.write(
    `GET /socket HTTP/1.1\r\nHost: load\r\nX-User-Id: ${unit}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  let waiting: { resolve(text: string): void; reject(error: Error): void } | undefined;
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    waiting?.reject(failure);
    waiting = undefined;
  };
  socket.on("error", fail).on("close", () => fail(new Error("the connection was closed")));
  const next = () =>
    new Promise<string>((resolve, reject) => {
      if (failure !== undefined) reject(failure);
      else waiting = { resolve, reject };
    });
  const hello = next();
  const receive = (text: string) => {
    const { resolve } = waiting ?? {};
    waiting = undefined;
    socket.setTimeout(0);
    resolve?.(text);
  };
  let start = Buffer.alloc(0);
  socket.on("data", function readHead(chunk: Buffer) {
    start = Buffer.concat([start, chunk]);
    const end = start.indexOf("\r\n\r\n");
    if (end < 0) return;
    socket.off("data", readHead);
    const [status = ""] = start.toString("latin1").split("\r\n", 1);
    if (!status.startsWith("HTTP/1.1 101")) return void socket.destroy(new Error(status));
    readFrames(socket, receive, start.subarray(end + 4));
  });
  return hello.then((name) => ({
    name,
    echo(text) {
      socket.setTimeout(patienceMs);
      socket.write(frame(text, true));
      return next();
    },
    open: () => failure === undefined,
    close: () => socket.destroy(),
  }));
}

/** A mask of zeros is a mask and leaves the text as it is. */
function frame(text: string, masked: boolean): Buffer {
  const payload = Buffer.from(text);
  if (payload.length > LONGEST) throw new RangeError(`a text of ${payload.length} bytes; at most ${LONGEST}`);
  const head = [TEXT, masked ? payload.length | 0x80 : payload.length, ...(masked ? [0, 0, 0, 0] : [])];
  return Buffer.concat([Buffer.from(head), payload]);
}

function readFrames(socket: Duplex, receive: (text: string) => void, first?: Buffer): void {
  let pending = first ?? Buffer.alloc(0);
  const take = () => {
    for (;;) {
      const [kind = 0, length = 0] = pending;
      const masked = length >= 0x80;
      const start = masked ? 6 : 2;
      const end = start + (length & 0x7f);
      if (pending.length < 2 || pending.length < end) return;
      const mask = pending.subarray(2, 6);
      const payload = pending
        .subarray(start, end)
        .map((byte, index) => byte ^ (masked ? (mask[index % 4] ?? 0) : 0));
      pending = pending.subarray(end);
      if (kind === CLOSE) return void socket.end();
      if (kind === TEXT) receive(Buffer.from(payload).toString());
    }
  };
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    take();
  });
  take();
}
