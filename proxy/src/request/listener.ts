import {
  createServer,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Socket } from "node:net";
import { problemBody, type Refusal, statusOf } from "../errors.ts";

const HEADERS_LIMIT_BYTES = 32 * 1024;
const HEADERS_DEADLINE_MS = 10_000;
/** Longer than a balancer's usual 60 s: whoever closes first must not be the one that receives. */
const KEEP_ALIVE_MS = 75_000;

/**
 * The traffic listener's server: node's parser with our limits and our words.
 *
 * @param onRefused is told of what the parser refused before it became a request
 */
export function createTrafficServer(handle: RequestListener, onRefused: (refusal: Refusal) => void): Server {
  const server = createServer(
    {
      maxHeaderSize: HEADERS_LIMIT_BYTES,
      headersTimeout: HEADERS_DEADLINE_MS,
      // A long upload has no total deadline.
      requestTimeout: 0,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
    },
    handle,
  );
  // Beyond this count node drops headers unseen, the unit id among them; their size is limited anyway.
  server.maxHeadersCount = 0;

  function refuse(socket: Socket, refusal: Refusal): void {
    onRefused(refusal);
    if (!socket.writable || isOwedAnAnswer(socket)) {
      socket.destroy();
      return;
    }
    const status = statusOf(refusal);
    const body = problemBody(refusal);
    socket.end(
      [
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
        "content-type: application/problem+json",
        `content-length: ${body.length}`,
        "cache-control: no-store",
        "connection: close",
        "",
        body.toString(),
      ].join("\r\n"),
    );
  }
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === "ECONNRESET" || error.code === "EPIPE") socket.destroy();
    else refuse(socket, refusalOf(error));
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
 * Whether an earlier, complete request on this connection still waits for its answer, or has got a part of it: a
 * refusal written now would be taken for that answer. Node keeps the current response in this field and asks it the
 * same question in its own handler (lib/_http_server.js, socketOnError).
 */
function isOwedAnAnswer(socket: Socket): boolean {
  const answer = (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage;
  return answer !== undefined && answer !== null && (answer.headersSent || answer.req.complete);
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
