import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Socket } from "node:net";
import { currentAnswer } from "../drain.ts";
import { problemBody, type Refusal, statusOf } from "../errors.ts";

const HEADERS_LIMIT_BYTES = 32 * 1024;
const HEADERS_DEADLINE_MS = 10_000;
/** Longer than a balancer's usual 60 s: whoever closes first must not be the one that receives. */
const KEEP_ALIVE_MS = 75_000;
/** How long a refused caller may read its answer; a close with bytes unread would reset it away. */
const LINGER_MS = 500;

const LIMITS: ServerOptions = {
  maxHeaderSize: HEADERS_LIMIT_BYTES,
  headersTimeout: HEADERS_DEADLINE_MS,
  // A long upload has no total deadline.
  requestTimeout: 0,
  connectionsCheckingInterval: 1000,
  keepAliveTimeout: KEEP_ALIVE_MS,
  // Asked in headers.ts, where the refusal is ours and is counted.
  requireHostHeader: false,
  noDelay: true,
};

export interface ParserRefusals {
  /** Refused before it became a request: nobody else counts it. */
  refused(refusal: Refusal): void;
  /** Refused within the body of a request that is under way: its exchange counts the request. */
  refusedWithinBody(refusal: Refusal): void;
  /** Neither sent nor read for too long while a request was under way, and was cut off. */
  silent(): void;
}

/** The traffic listener's server: node's parser with our limits and our words. */
export function createTrafficServer(handle: RequestListener, count: ParserRefusals): Server {
  const server = createServer(LIMITS, handle);
  // Beyond this count node drops headers unseen, the unit id among them; their size is limited anyway.
  server.maxHeadersCount = 0;
  // Whatever a caller expects, the upstream never sees it: answer as if it had not been said.
  server.on("checkExpectation", handle);

  // The parser complains again about every further byte.
  const refused = new WeakSet<Socket>();
  function refuse(socket: Socket, refusal: Refusal): void {
    if (refused.has(socket)) return;
    refused.add(socket);
    socket.on("error", () => socket.destroy());
    // A connection opened ahead of need, or a balancer's check: nobody asked anything.
    if (!socket.writable || socket.bytesRead === 0) return void socket.destroy();
    const answer = currentAnswer(socket);
    if (answer === undefined) {
      count.refused(refusal);
      socket.end(rawAnswer(refusal));
    } else if (answer.req.complete) {
      finishLast(answer, socket);
      return;
    } else {
      count.refusedWithinBody(refusal);
      if (answer.headersSent) return void socket.destroy();
      const body = problemBody(refusal);
      const headers = { "content-type": "application/problem+json", "content-length": body.length };
      answer.writeHead(statusOf(refusal), { ...headers, connection: "close" }).end(body);
    }
    socket.resume();
    setTimeout(() => socket.destroy(), LINGER_MS);
  }

  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    // The caller is gone, perhaps in the middle of its body: an exchange under way counts it as such.
    if (GONE.has(error.code ?? "")) socket.destroy();
    else refuse(socket, refusalOf(error));
  });
  // While a request is under way and no byte moves, a caller holds a place at an upstream (see setSilenceLimit).
  server.on("timeout", (socket: Socket) => {
    if (currentAnswer(socket) !== undefined) count.silent();
    socket.destroy();
  });
  server.on("connect", (_request, socket: Socket) => {
    refuse(socket, {
      code: "method_not_allowed",
      detail: "CONNECT is not served: this is no forward proxy.",
    });
  });
  return server;
}

/**
 * How long a caller with a request under way may neither send nor read. An upstream may take `firstByteMs` to begin and
 * pause for `idleMs`: only more than both together is the caller's own silence.
 */
export function setSilenceLimit(server: Server, firstByteMs: number, idleMs: number): void {
  server.timeout = firstByteMs + idleMs;
}

const GONE = new Set(["ECONNRESET", "EPIPE", "HPE_INVALID_EOF_STATE"]);

/** A whole request followed by nonsense: the request gets its answer, the nonsense none. */
function finishLast(answer: ServerResponse, socket: Socket): void {
  if (!answer.headersSent) answer.setHeader("connection", "close");
  answer.once("finish", () => socket.destroySoon());
}

function rawAnswer(refusal: Refusal): string {
  const status = statusOf(refusal);
  const body = problemBody(refusal);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "content-type: application/problem+json",
    `content-length: ${body.length}`,
    "cache-control: no-store",
    "connection: close",
    "",
    body.toString(),
  ].join("\r\n");
}

function refusalOf(error: NodeJS.ErrnoException): Refusal {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      return {
        code: "headers_too_large",
        detail: `Request line and headers are above the limit of ${HEADERS_LIMIT_BYTES} bytes; send fewer or shorter ones.`,
      };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return {
        code: "request_timeout",
        detail: `The headers did not arrive within ${HEADERS_DEADLINE_MS / 1000} s; send them at once.`,
      };
    default:
      return {
        code: "bad_request",
        detail: `The request is no valid HTTP/1.1 (${error.code ?? "unknown"}); mend it.`,
      };
  }
}
