import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { readStrictly } from "../advisories/smuggling/strict.ts";
import { type Situation, situations } from "./situations.ts";

/** How a service says what it says: pieces for the wire, and whether it closes the connection then. */
export interface Manner {
  say(
    situation: Situation,
    acceptsGzip: boolean,
  ): { readonly pieces: readonly Buffer[]; readonly closes: boolean };
}

const hasBody = ({ method, answer }: Situation) =>
  method !== "HEAD" && answer.status !== 204 && answer.status !== 304;

/** As a small HTTP/1.0 server does it: no length, no chunks, a closed connection. */
export const plain: Manner = {
  say(situation) {
    const { status, reason, type, body } = situation.answer;
    const isError = status >= 400;
    const head = [
      `HTTP/1.0 ${status} ${reason.toUpperCase()}`,
      "Server: SimpleHTTP/0.6 Python/3.11",
      "X-Model: distilbert",
      `Content-Type: ${isError ? "text/html" : type}`,
      ...(status === 307 ? ["Location: /elsewhere"] : []),
      ...(status === 405 ? ["Allow: POST"] : []),
      ...(status === 429 || status === 503 ? ["Retry-After: 7"] : []),
      "Connection: close",
    ];
    const text = isError ? `<h1>${reason}</h1>` : body;
    const pieces = [Buffer.from(`${head.join("\r\n")}\r\n\r\n`)];
    if (hasBody(situation)) pieces.push(Buffer.from(text));
    return { pieces, closes: true };
  },
};

/** As a framework behind a proxy of its own does it: 103, chunks, a coding, and much to say about itself. */
export const ornate: Manner = {
  say(situation, acceptsGzip) {
    const { status, reason, type, body } = situation.answer;
    const isError = status >= 400;
    const text = Buffer.from(isError ? JSON.stringify({ detail: [{ model: "roberta", reason }] }) : body);
    const encodes = acceptsGzip && text.length > 0;
    const head = [
      `HTTP/1.1 ${status} ${reason}`,
      'etag: W/"roberta"',
      "via: 1.1 edge",
      ...(status === 307 ? ["location: /elsewhere"] : []),
      ...(status === 405 ? ["allow: POST"] : []),
      ...(status === 429 || status === 503 ? ["retry-after: Wed, 21 Oct 2099 07:28:00 GMT"] : []),
      `content-type: ${type === "application/json" ? "Application/JSON;charset=UTF-8" : type}`,
      ...(encodes ? ["content-encoding: gzip", "vary: accept-encoding"] : []),
      "cache-control: public",
      "x-powered-by: roberta",
      "server-timing: model;dur=12",
      "keep-alive: timeout=5",
      "server: uvicorn",
      ...(hasBody(situation) ? ["transfer-encoding: chunked"] : []),
    ];
    const early = Buffer.from("HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n");
    const pieces = [early, Buffer.from(`${head.join("\r\n")}\r\n\r\n`)];
    if (hasBody(situation)) pieces.push(...inChunks(encodes ? gzipSync(text) : text));
    return { pieces, closes: false };
  },
};

/** In three chunks of unequal size. */
function inChunks(body: Buffer): Buffer<ArrayBuffer>[] {
  const parts = [body.subarray(0, 7), body.subarray(7, 29), body.subarray(29)].filter(
    ({ length }) => length > 0,
  );
  const chunks = parts.map((part) =>
    Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]),
  );
  return [...chunks, Buffer.from("0\r\n\r\n")];
}

/** A service that answers in its manner, `delayMs` after each request, until the test ends. */
export async function startService(
  t: TestContext,
  manner: Manner,
  delayMs: () => number = () => 0,
): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true).setEncoding("latin1");
    socket.on("error", () => socket.destroy()).once("close", () => sockets.delete(socket));
    let bytes = "";
    socket.on("data", (text: string) => {
      bytes += text;
      for (;;) {
        const reading = readStrictly(bytes);
        if (reading.kind === "flawed") throw new Error(reading.flaw);
        if (reading.kind === "incomplete") return;
        const { request } = reading;
        bytes = bytes.slice(request.text.length);
        const situation = situations.find(
          ({ method, target }) => request.method === method && request.target === target,
        );
        if (situation === undefined) throw new Error(`no situation: ${request.method} ${request.target}`);
        const acceptsGzip = request.fields.some(
          ([name, value]) => name === "accept-encoding" && /gzip/.test(value),
        );
        const answer = () => void say(socket, manner.say(situation, acceptsGzip));
        const ms = delayMs();
        if (ms === 0) answer();
        else setTimeout(answer, ms);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Piece by piece: who reads one after the other could tell them apart. */
async function say(socket: Socket, { pieces, closes }: ReturnType<Manner["say"]>): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
  }
  if (closes) socket.end();
}
