import type { IncomingMessage } from "node:http";
import { currentAnswer } from "../drain.ts";

/** 16 bytes in base64 (RFC 6455, 4.1). */
const KEY = /^[A-Za-z0-9+/]{22}==$/;

/**
 * Whether a request asks for a WebSocket in the one way that RFC 6455 knows. What asks for anything else (Java's
 * HTTP client asks for `h2c` with its first request, POSTs too) is a plain request: a server may ignore `Upgrade`.
 */
export function isWebSocketRequest(request: IncomingMessage): boolean {
  const { headers } = request;
  return (
    headers.upgrade?.toLowerCase() === "websocket" &&
    request.method === "GET" &&
    request.httpVersion === "1.1" &&
    headers["sec-websocket-version"] === "13" &&
    KEY.test(headers["sec-websocket-key"] ?? "") &&
    hasNoBody(request) &&
    // Sent before the answer to an earlier request: the switch would cut into that answer.
    currentAnswer(request.socket) === undefined
  );
}

function hasNoBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] === undefined && (headers["content-length"] ?? "0") === "0";
}
