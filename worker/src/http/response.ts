import { type ServerResponse, STATUS_CODES } from "node:http";
import { toProblem, type WorkerError } from "../errors.ts";
import { chooseCoding, encode, LIMIT_UNCODED_BYTES } from "./content-coding.ts";

export type ExtraHeaders = Readonly<Record<string, string>>;

export function sendJson(response: ServerResponse, status: number, body: unknown): Promise<void> {
  return send(response, status, "application/json", JSON.stringify(body));
}

/**
 * Never with a content coding: problems are short, and are also sent where nobody waits for them any more.
 * @param status given where an endpoint reports an error under another status than the error's own.
 */
export function sendProblem(response: ServerResponse, error: WorkerError, status = error.status): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify(toProblem(error, status));
  response.writeHead(status, {
    "content-type": "application/problem+json",
    "content-length": Buffer.byteLength(body),
    ...error.headers,
  });
  response.end(body);
}

/**
 * Sends a whole answer, in the content coding that its caller likes best if it is large. A small one has left when
 * this returns.
 */
export async function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  headers: ExtraHeaders = {},
): Promise<void> {
  if (response.headersSent || response.destroyed) return;
  const length = Buffer.byteLength(body);
  if (length < LIMIT_UNCODED_BYTES) {
    response.writeHead(status, { "content-type": contentType, "content-length": length, ...headers });
    // As text: Node writes it in one piece with the head.
    response.end(body);
    return;
  }
  const coding = chooseCoding(response.req);
  const sent = coding === undefined ? body : await encode(Buffer.from(body), coding);
  // The server may have answered in our place meanwhile, because it stops.
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": typeof sent === "string" ? length : sent.length,
    ...(coding === undefined ? {} : { "content-encoding": coding }),
    vary: "accept-encoding",
    ...headers,
  });
  response.end(sent);
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
