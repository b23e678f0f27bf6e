import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { problemBody, type Refusal, statusOf } from "../errors.ts";

/** How long a refused caller may read its answer; a close with bytes unread would reset it away. */
const LINGER_MS = 500;

/** Tells a caller whose request never became one why not, and closes the connection. */
export function answerRaw(socket: Duplex, refusal: Refusal): void {
  socket.end(rawAnswer(refusal));
  closeSoon(socket);
}

/** Answers a request that never reached the pipeline; its connection closes with it. */
export function endWithProblem(response: ServerResponse, refusal: Refusal): void {
  const body = problemBody(refusal);
  const headers = { "content-type": "application/problem+json", "content-length": body.length };
  if (refusal.retryAfterSeconds !== undefined) response.setHeader("retry-after", refusal.retryAfterSeconds);
  response.writeHead(statusOf(refusal), { ...headers, connection: "close" });
  response.end(body);
}

/** Closes a connection whose last answer is written, when it is read or after a moment. */
export function closeSoon(socket: Duplex): void {
  socket.resume();
  destroyAfter(socket, LINGER_MS);
}

/** Destroys a socket that has not closed by then. */
export function destroyAfter(socket: Duplex, delayMs: number): void {
  const linger = setTimeout(() => socket.destroy(), delayMs);
  socket.once("close", () => clearTimeout(linger));
}

function rawAnswer(refusal: Refusal): string {
  const status = statusOf(refusal);
  const body = problemBody(refusal);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "content-type: application/problem+json",
    `content-length: ${body.length}`,
    "cache-control: no-store",
  ];
  if (refusal.retryAfterSeconds !== undefined) lines.push(`retry-after: ${refusal.retryAfterSeconds}`);
  return [...lines, "connection: close", "", body.toString()].join("\r\n");
}
