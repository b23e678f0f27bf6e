import type { IncomingMessage, ServerResponse } from "node:http";

export interface Answer {
  readonly status: number;
  /** Sent as JSON unless it is a string or bytes; undefined has no body. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export function problem(status: number, code: string, detail: string): Answer {
  return {
    status,
    body: { type: "about:blank", title: code.replaceAll("_", " "), status, code, detail },
    headers: { "content-type": "application/problem+json" },
  };
}

export function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body, headers }: Answer,
): void {
  const content = contentOf(body);
  response.writeHead(status, {
    "cache-control": "no-store",
    ...(content === undefined
      ? {}
      : { "content-type": "application/json", "content-length": Buffer.byteLength(content) }),
    ...headers,
  });
  response.end(request.method === "HEAD" ? undefined : content);
}

function contentOf(body: unknown): string | Uint8Array | undefined {
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) return body;
  return `${JSON.stringify(body, undefined, 2)}\n`;
}
