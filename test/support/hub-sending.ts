import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** What goes wrong on purpose. The first fault that fits a request and is not used up applies to it. */
export interface HubFault {
  /** Left out: both. */
  readonly host?: "hub" | "cdn";
  /** Part of the request's path; left out: every path. */
  readonly path?: string;
  /** How many requests; left out: all of them. */
  times?: number;
  /** Answers with this status instead. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Destroys the connection after this many bytes of the body. */
  readonly cutAfterBytes?: number;
  /** Sends this many bytes and then nothing more, with the connection open. */
  readonly stallAfterBytes?: number;
  /** Flips a bit of the file's last byte. */
  readonly wrongBytes?: boolean;
  /** Sends at this pace; a change holds from the next piece on. */
  bytesPerSecond?: number | undefined;
  /** Answers a range with the whole file. */
  readonly ignoresRanges?: boolean;
  /** Another ETag than before, and so another file as far as `If-Range` knows. */
  readonly etag?: string;
}

/** One request that was answered. */
export interface HubRequestSeen {
  readonly host: "hub" | "cdn";
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** 0 until it is answered. */
  readonly status: number;
  /** Of the body. */
  bytes: number;
}

/** One file on its way to one caller. */
interface Sending {
  readonly content: Buffer;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly seen: HubRequestSeen;
  readonly fault: HubFault | undefined;
}

/** As a file server does it: ETag, ranges, `If-Range`. */
export function send({ content, request, response, seen, fault = {} }: Sending): void {
  const etag = fault.etag ?? `"${createHash("md5").update(content).digest("hex")}"`;
  const bytes = Buffer.from(content);
  const last = bytes.length - 1;
  if (fault.wrongBytes) bytes[last] = (bytes[last] ?? 0) ^ 1;
  const { range, "if-range": ifRange } = request.headers;
  const [, from] = /^bytes=(\d+)-$/.exec(range ?? "") ?? [];
  const isPartial = from !== undefined && !fault.ignoresRanges && (ifRange === undefined || ifRange === etag);
  if (isPartial && Number(from) >= bytes.length) {
    refuse(response, 416, { "content-range": `bytes */${bytes.length}` });
    return;
  }
  const start = isPartial ? Number(from) : 0;
  const body = bytes.subarray(start);
  response.writeHead(isPartial ? 206 : 200, {
    etag,
    "content-length": body.length,
    ...(isPartial && { "content-range": `bytes ${start}-${last}/${bytes.length}` }),
  });
  void write(body, response, seen, fault);
}

/** In pieces, so that a fault can happen between two of them. */
async function write(
  body: Buffer,
  response: ServerResponse,
  seen: HubRequestSeen,
  fault: HubFault,
): Promise<void> {
  const limit = fault.cutAfterBytes ?? fault.stallAfterBytes ?? body.length;
  const end = Math.min(limit, body.length);
  for (let at = 0; at < end && !response.destroyed; ) {
    const speed = fault.bytesPerSecond;
    const piece = body.subarray(
      at,
      Math.min(at + (speed === undefined ? 65_536 : Math.ceil(speed / 50)), end),
    );
    at += piece.length;
    seen.bytes += piece.length;
    await new Promise((resolve) => response.write(piece, resolve));
    if (speed !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (fault.stallAfterBytes !== undefined) return;
  // What was written has to arrive before the reset, or nobody could say how much came.
  if (fault.cutAfterBytes !== undefined) response.socket?.destroySoon();
  else response.end();
}

export function refuse(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, headers).end();
}
