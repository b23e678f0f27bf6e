import type { IncomingMessage } from "node:http";
import { PassThrough, type Readable } from "node:stream";
import type { Exchange } from "./exchange.ts";

/** Bodies up to this size are read whole before the upstream is called: cheaper, and no slow caller holds a worker. */
const BUFFERED_BYTES = 16 * 1024;

const HTTP_VERSION_WITHOUT_CHUNKS = "1.0";

/** Why a body's framing cannot be trusted, if it cannot (RFC 9112, 6.1: no chunks under HTTP/1.0). */
export function findFramingDoubt(request: IncomingMessage): string | undefined {
  const encoding = request.headers["transfer-encoding"];
  if (encoding === undefined) return undefined;
  if (request.httpVersion === HTTP_VERSION_WITHOUT_CHUNKS)
    return "The request has a Transfer-Encoding under HTTP/1.0; send it as HTTP/1.1 or with a Content-Length.";
  if (encoding.toLowerCase() !== "chunked")
    return `The request has the Transfer-Encoding "${encoding.slice(0, 40)}"; only "chunked" is understood.`;
  return undefined;
}

/**
 * Reads the body, or prepares it for streaming, and calls `ready` with it. If the caller leaves before, `ready`
 * is never called.
 */
export function readBody(exchange: Exchange, ready: (body: Buffer | Readable | null) => void): void {
  const { request } = exchange;
  const declared = request.headers["content-length"];
  if (declared === undefined && request.headers["transfer-encoding"] === undefined) return ready(null);
  if (declared === "0") return ready(null);
  if (declared === undefined || Number(declared) > BUFFERED_BYTES) return ready(streamed(exchange));
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => ready(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
}

/**
 * The request's body as a stream of its own: undici destroys the stream that it was given when an upstream
 * answers early, and destroying the request itself would take the caller's connection with it.
 */
function streamed(exchange: Exchange): Readable {
  const { request } = exchange;
  const body = new PassThrough();
  // Whoever reads it listens for its errors; once nobody does, there is nobody to tell.
  body.on("error", () => undefined);
  // What nobody wants any more is read and dropped, so that the caller can read its answer.
  body.once("close", () => request.unpipe(body).resume());
  request.once("close", () => {
    if (!request.complete) body.destroy(new Error("the caller left before the end of its body"));
  });
  exchange.onBodyUnwanted = () => body.destroy();
  request.pipe(body);
  return body;
}
