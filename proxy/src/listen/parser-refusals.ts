import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { currentAnswer } from "../drain.ts";
import type { Refusal } from "../errors.ts";
import { HEADERS_DEADLINE_MS, HEADERS_LIMIT_BYTES } from "./limits.ts";
import { answerRaw, closeSoon, endWithProblem } from "./raw-answer.ts";

/** Who counts what the listener refuses before the pipeline sees a request. */
export interface ListenerCounts {
  /** Refused before it became a request: nobody else counts it. */
  refused(refusal: Refusal): void;
  /** Refused within the body of a request that is under way: its exchange counts the request. */
  refusedWithinBody(refusal: Refusal): void;
  /** Neither sent nor read for too long while a request was under way, and was cut off. */
  silent(): void;
}

/** Answers what node's HTTP/1 parser refuses, in our words instead of node's. */
export function answerParserRefusals(server: Server, count: ListenerCounts): void {
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
      return answerRaw(socket, refusal);
    }
    if (answer.req.complete) return finishLast(answer, socket);
    count.refusedWithinBody(refusal);
    if (answer.headersSent) return void socket.destroy();
    endWithProblem(answer, refusal);
    closeSoon(socket);
  }

  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    // The caller is gone, perhaps in the middle of its body: an exchange under way counts it as such.
    if (GONE.has(error.code ?? "")) socket.destroy();
    else refuse(socket, refusalOf(error));
  });
  server.on("connect", (_request, socket: Socket) => {
    refuse(socket, {
      code: "method_not_allowed",
      detail: "CONNECT is not served: this is no forward proxy.",
    });
  });
}

const GONE = new Set(["ECONNRESET", "EPIPE", "HPE_INVALID_EOF_STATE"]);

/** A whole request followed by nonsense: the request gets its answer, the nonsense none. */
function finishLast(answer: ServerResponse, socket: Socket): void {
  if (!answer.headersSent) answer.setHeader("connection", "close");
  answer.once("finish", () => socket.destroySoon());
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
