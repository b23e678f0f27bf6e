import { once } from "node:events";
import { connect } from "node:net";

export interface RawAnswer {
  readonly status: number;
  /** Name and value as they came, in their order. */
  readonly headers: readonly (readonly [string, string])[];
  /** Without the framing of its chunks. */
  readonly body: string;
  /** Everything that came, one character a byte. */
  readonly text: string;
}

/** Writes bytes (one character each) to a socket and reads until the other side closes. */
export async function exchangeRaw(port: number, bytes: string): Promise<RawAnswer> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  socket.on("error", () => undefined);
  socket.write(bytes, "latin1");
  await once(socket, "close");
  return parse(text);
}

function parse(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = text.slice(0, Math.max(0, end)).split("\r\n");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const rest = text.slice(end + 4);
  const isChunked = headers.some(
    ([name, value]) => `${name}: ${value}`.toLowerCase() === "transfer-encoding: chunked",
  );
  return {
    status: Number(statusLine.split(" ")[1]),
    headers,
    body: isChunked ? joinChunks(rest) : rest,
    text,
  };
}

function joinChunks(text: string): string {
  const [, size = "", rest = ""] = /^([0-9a-f]+)\r\n(.*)$/is.exec(text) ?? [];
  const length = Number.parseInt(size, 16);
  return length > 0 ? rest.slice(0, length) + joinChunks(rest.slice(length + 2)) : "";
}

/** A request with raw header bytes that asks for the connection to be closed after its answer. */
export function rawRequest(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  body = "",
): string {
  const fields = { host: "localhost", connection: "close", ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  if (body !== "") lines.push(`content-length: ${body.length}`);
  return [`${method} ${target} HTTP/1.1`, ...lines, "", body].join("\r\n");
}
