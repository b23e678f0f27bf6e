import { once } from "node:events";
import type { TestContext } from "node:test";
import { connect, type TLSSocket } from "node:tls";

export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PING = 6;
export const CONTINUATION = 9;

export const END_STREAM = 1;
export const END_HEADERS = 4;

/** GET and POST of `https://a/`, from HPACK's static table and a literal `:authority`. */
export const GET = Buffer.from("\x82\x87\x84\x41\x01a", "latin1");
export const POST = Buffer.from("\x83\x87\x84\x41\x01a", "latin1");

export function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A connection that says frame by frame what no HTTP/2 client would; preface and settings are sent. */
export async function openFrames(t: TestContext, port: number): Promise<TLSSocket> {
  const socket = connect({ port, ALPNProtocols: ["h2"], rejectUnauthorized: false });
  socket.on("error", () => undefined);
  t.after(() => socket.destroy());
  await once(socket, "secureConnect");
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.write(frame(SETTINGS, 0, 0));
  return socket;
}
