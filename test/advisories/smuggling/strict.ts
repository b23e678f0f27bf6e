/** A request as a server reads it that forgives nothing (RFC 9112). */
export interface StrictRequest {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
  /** Everything from the method to the body's last byte; one character a byte. */
  readonly text: string;
}

export type StrictReading =
  | { readonly kind: "request"; readonly request: StrictRequest }
  | { readonly kind: "incomplete" }
  | { readonly kind: "flawed"; readonly flaw: string };

const INCOMPLETE = { kind: "incomplete" } as const;
const REQUEST_LINE = /^[!#$%&'*+\-.^_`|~\w]+ ([!-~]+) HTTP\/1\.1$/;
const FIELD =
  /^([!#$%&'*+\-.^_`|~\w]+):[ \t]*((?:[!-~\x80-\xff](?:[ \t!-~\x80-\xff]*[!-~\x80-\xff])?)?)[ \t]*$/;
const CHUNK_SIZE = /^[0-9a-f]{1,12}$/i;

/** Reads the first request of `bytes` (one character each). No chunk extensions, no trailers, no folding, one framing. */
export function readStrictly(bytes: string): StrictReading {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return INCOMPLETE;
  const [line = "", ...lines] = bytes.slice(0, end).split("\r\n");
  const target = REQUEST_LINE.exec(line)?.[1];
  if (target === undefined) return flawed("request line", line);
  const fields: (readonly [string, string])[] = [];
  for (const text of lines) {
    const [, name, value] = FIELD.exec(text) ?? [];
    if (name === undefined || value === undefined) return flawed("field", text);
    fields.push([name.toLowerCase(), value]);
  }
  const all = (wanted: string) => fields.flatMap(([name, value]) => (name === wanted ? [value] : []));
  const [host, ...otherHosts] = all("host");
  if (host === undefined || otherHosts.length > 0) return flawed("Host", all("host").join(" | "));
  const lengths = all("content-length");
  const encodings = all("transfer-encoding");
  if (lengths.length + encodings.length > 1) return flawed("framing", lines.join(" | "));
  const start = end + 4;
  const body = encodings.length > 0 ? readChunks(bytes, start, encodings) : readLength(bytes, start, lengths);
  if ("kind" in body) return body;
  const text = bytes.slice(0, body.end);
  return {
    kind: "request",
    request: { method: line.split(" ", 1)[0] ?? "", target, fields, body: body.body, text },
  };
}

type Body = { readonly body: string; readonly end: number } | Exclude<StrictReading, { kind: "request" }>;

function readLength(bytes: string, start: number, [length = "0"]: readonly string[]): Body {
  if (!/^(0|[1-9]\d{0,14})$/.test(length)) return flawed("Content-Length", length);
  const end = start + Number(length);
  return end > bytes.length ? INCOMPLETE : { body: bytes.slice(start, end), end };
}

function readChunks(bytes: string, start: number, [encoding]: readonly string[]): Body {
  if (encoding !== "chunked") return flawed("Transfer-Encoding", encoding ?? "");
  let body = "";
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return INCOMPLETE;
    const line = bytes.slice(at, lineEnd);
    if (!CHUNK_SIZE.test(line)) return flawed("chunk size", line);
    const size = Number.parseInt(line, 16);
    const dataEnd = lineEnd + 2 + size;
    if (bytes.length < dataEnd + 2) return INCOMPLETE;
    if (bytes.slice(dataEnd, dataEnd + 2) !== "\r\n")
      return flawed("chunk end or trailer", bytes.slice(dataEnd));
    body += bytes.slice(lineEnd + 2, dataEnd);
    at = dataEnd + 2;
    if (size === 0) return { body, end: at };
  }
}

function flawed(what: string, text: string): { kind: "flawed"; flaw: string } {
  return { kind: "flawed", flaw: `${what}: ${JSON.stringify(text.slice(0, 80))}` };
}
