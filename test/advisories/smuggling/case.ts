/** What must become of the bytes of one attack. */
export type Expectation =
  /** 4xx or 5xx, the connection is closed, nothing whole reaches the upstream. */
  | "refused"
  /** The upstream sees as many well-formed requests as the caller sent. */
  | "forwarded"
  /** One of the two: what the grammar permits and a careful proxy may still refuse. */
  | "either"
  /** The caller never sends the rest: whatever it is told, nothing whole reaches the upstream. */
  | "incomplete"
  /** 4xx; the connection may be used again, because its framing was never in doubt. */
  | "turned away";

export interface SmugglingCase {
  readonly name: string;
  /** One character a byte. */
  readonly bytes: string;
  readonly expect: Expectation;
  /** Requests that the bytes hold by a strict reading; 1 unless said. */
  readonly requests?: number;
  /** What the upstream must not see of it. */
  readonly absent?: RegExp;
  /** What the upstream must see of it, if it sees anything. */
  readonly present?: RegExp;
}

/** The request that an attacker wants to hide in another one's body. No upstream may ever see it as one. */
export const HIDDEN = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

/** A body in one chunk. */
export function chunked(body: string, trailers = ""): string {
  return `${body.length.toString(16)}\r\n${body}\r\n0\r\n${trailers}\r\n`;
}

/** Bytes of a request with a Host field, and fields as they are: each is a whole line without its end. */
export function raw(line: string, fields: readonly string[], body = ""): string {
  return [line, "Host: a", ...fields, "", body].join("\r\n");
}

export function post(fields: readonly string[], body = ""): string {
  return raw("POST / HTTP/1.1", fields, body);
}
