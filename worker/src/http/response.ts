import { type ServerResponse, STATUS_CODES } from "node:http";
import { asWorkerError, toProblem, type WorkerError } from "../errors.ts";
import type { Log } from "../log.ts";

type Headers = Readonly<Record<string, string>>;

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, "application/json", JSON.stringify(body));
}

/** @param status given where an endpoint reports an error under another status than the error's own. */
export function sendProblem(response: ServerResponse, error: WorkerError, status = error.status): void {
  send(response, status, "application/problem+json", JSON.stringify(toProblem(error, status)), error.headers);
}

export function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  headers: Headers = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(body);
  response.writeHead(status, { "content-type": contentType, "content-length": bytes.length, ...headers });
  response.end(bytes);
}

/** Anything thrown → what its caller is told; the cause of what nobody foresaw goes to the log. */
export function explain(thrown: unknown, log: Log): WorkerError {
  const error = asWorkerError(thrown);
  if (error.code === "internal") log.error({ err: error.cause }, "a request failed unexpectedly");
  return error;
}

/** A whole response for a socket on which no request could be parsed; the connection ends with it. */
export function rawProblem(error: WorkerError): string {
  const body = JSON.stringify(toProblem(error, error.status));
  return [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "",
    body,
  ].join("\r\n");
}
