import type { Refusal } from "../errors.ts";
import type { Exchange } from "../request/exchange.ts";
import type { RequestHead } from "../request/headers.ts";

/** A thousand outcomes with tokens of the longest and ids of the longest have some 700 kB. */
const MOST_BYTES = 1024 * 1024;

/** Reads a report's body and calls `ready` with it, unless its caller leaves before or it is refused. */
export function readReportBody(exchange: Exchange, head: RequestHead, ready: (body: Buffer) => void): void {
  const { request } = exchange;
  const { contentLength, transferEncoding, expect } = head;
  if (contentLength === undefined && transferEncoding === undefined) return ready(Buffer.alloc(0));
  if (Number(contentLength) > MOST_BYTES) return exchange.refuseAndClose(tooLarge(`${contentLength} bytes`));
  if (expect?.trim().toLowerCase() === "100-continue" && request.httpVersion !== "1.0")
    exchange.response.writeContinue();
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MOST_BYTES) return void chunks.push(chunk);
    chunks.length = 0;
    exchange.refuseAndClose(tooLarge(`more than ${MOST_BYTES} bytes`));
  });
  request.on("end", () => {
    if (!exchange.isOver && bytes <= MOST_BYTES) ready(Buffer.concat(chunks));
  });
}

function tooLarge(size: string): Refusal {
  return {
    code: "body_too_large",
    detail: `The body has ${size}, the limit for outcomes is ${MOST_BYTES}; send fewer at once.`,
  };
}
