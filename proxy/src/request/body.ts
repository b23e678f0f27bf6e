import { PassThrough, type Readable } from "node:stream";
import type { Config } from "../config/config.ts";
import type { Refusal } from "../errors.ts";
import type { Exchange } from "./exchange.ts";
import type { RequestHead } from "./headers.ts";

/** Bodies up to this size are read whole before the upstream is called: cheaper, and no slow caller holds a worker. */
const BUFFERED_BYTES = 16 * 1024;

/**
 * Reads the body, or prepares it for streaming, and calls `ready` with it. If the caller leaves before, is too slow or
 * sends too much, `ready` is never called.
 */
export function readBody(
  exchange: Exchange,
  head: RequestHead,
  { bodyBytes }: Config["limits"],
  ready: (body: Buffer | Readable | null) => void,
): void {
  const { request } = exchange;
  const declared = head.contentLength;
  if (declared === undefined && head.transferEncoding === undefined) return ready(null);
  if (declared === "0") return ready(null);
  if (bodyBytes !== undefined && Number(declared) > bodyBytes)
    return exchange.refuseAndClose(tooLarge(`${declared} bytes`, bodyBytes));
  // Only now: a caller that waits for it should not send a body that is not wanted.
  if (head.expect?.trim().toLowerCase() === "100-continue" && request.httpVersion !== "1.0")
    exchange.response.writeContinue();
  if (declared === undefined || Number(declared) > BUFFERED_BYTES)
    return ready(streamed(exchange, bodyBytes));
  let first: Buffer | undefined;
  let more: Buffer[] | undefined;
  request.on("data", (chunk: Buffer) => {
    if (first === undefined) first = chunk;
    else if (more === undefined) more = [first, chunk];
    else more.push(chunk);
  });
  request.on("end", () => {
    if (!exchange.isOver) ready(more === undefined ? (first ?? null) : Buffer.concat(more));
  });
}

/**
 * The request's body as a stream of its own: undici destroys the stream that it was given when an upstream
 * answers early, and destroying the request itself would take the caller's connection with it.
 */
function streamed(exchange: Exchange, limitBytes: number | undefined): Readable {
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
  if (limitBytes !== undefined) limit(exchange, body, limitBytes);
  request.pipe(body);
  return body;
}

function limit(exchange: Exchange, body: PassThrough, limitBytes: number): void {
  let bytes = 0;
  exchange.request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= limitBytes) return;
    body.destroy(new Error("the body is above the limit"));
    if (exchange.isAnswered) exchange.breakOff();
    else exchange.refuseAndClose(tooLarge(`more than ${limitBytes} bytes`, limitBytes));
  });
}

function tooLarge(size: string, limitBytes: number): Refusal {
  return {
    code: "body_too_large",
    detail: `The body has ${size}, the limit is ${limitBytes} (limits.body); send less.`,
  };
}
