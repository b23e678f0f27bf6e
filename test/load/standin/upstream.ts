/*
 * A service behind the proxy as a process of its own, so that it can be killed: `node upstream.ts NAME PORT DELAY_MS`.
 * Every answer says NAME. On SIGTERM it lets requests end.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { echoFrames } from "../support/frames.ts";
import { PIECE_PAUSE_MS, PIECES, pieceOf } from "../support/pieces.ts";

const [name = "", port = "0", delayMs = "0"] = process.argv.slice(2);
const CHUNK = Buffer.alloc(65_536, "x");

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://upstream");
  response.on("error", () => undefined);
  switch (url.pathname) {
    case "/stream":
      return void stream(request, response);
    case "/echo":
      response.writeHead(200, { "content-type": "text/plain" }).write(`${name}\n`);
      return void request.pipe(response);
    case "/sink":
      return void sink(request, response);
    case "/source":
      return void source(request, response, Number(url.searchParams.get("bytes")));
    default:
      request.resume().once("end", () => setTimeout(() => answer(response, {}), Number(delayMs)));
  }
});

async function stream(request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  response.writeHead(200, { "content-type": "text/plain" }).write(`${name}\n`);
  for (let piece = 0; piece < PIECES && !response.destroyed; piece++) {
    await pause(PIECE_PAUSE_MS);
    response.write(pieceOf(piece));
  }
  response.end();
}

function sink(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.once("end", () => answer(response, { bytes }));
}

async function source(request: IncomingMessage, response: ServerResponse, bytes: number): Promise<void> {
  request.resume();
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": bytes });
  for (let left = bytes; left > 0 && !response.destroyed; left -= CHUNK.length) {
    if (response.write(CHUNK.subarray(0, Math.min(left, CHUNK.length)))) continue;
    await new Promise<void>((resolve) => {
      response.once("drain", resolve).once("close", resolve);
    });
  }
  response.end();
}

function answer(response: ServerResponse, more: Readonly<Record<string, number>>): void {
  const body = JSON.stringify({ upstream: name, ...more });
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
}

server.on("upgrade", (request, socket) => echoFrames(request, socket, name));
server.listen(Number(port), "127.0.0.1");
process.once("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
