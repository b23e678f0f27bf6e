import {
  constants,
  Http2ServerRequest,
  Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { ReadableOptions } from "node:stream";

/** Each field counts 32 bytes beside its name and value (RFC 9113, 6.5.2). */
const FIELD_OVERHEAD_BYTES = 32;

/** Fields of one HTTP/1 connection: HTTP/2 forbids them (RFC 9113, 8.2.2). */
const CONNECTION_FIELDS = new Set(["connection", "keep-alive", "transfer-encoding"]);

/** What the pipeline asks of a request's socket, for one stream of many on a connection. */
interface StreamPeer {
  readonly encrypted: true;
  readonly remoteAddress: string | undefined;
  /** Of this request's body. */
  bytesRead: number;
}

/** An HTTP/2 request that looks like node's HTTP/1.1 ones: what the pipeline decides on must not differ. */
export class Http2Request extends Http2ServerRequest {
  /** Size of the header section as RFC 9113 counts it. */
  readonly headerBytes: number;
  readonly #peer: StreamPeer;
  #silence: NodeJS.Timeout | undefined;
  #isComplete: boolean;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    options: ReadableOptions,
    rawHeaders: readonly string[],
  ) {
    const fields = plainFields(rawHeaders);
    headers.host ??= headers[":authority"];
    // A body needs no length in HTTP/2, and has no chunks: whoever asks whether there is one, asks for these two.
    if (headers["content-length"] === undefined && !stream.endAfterHeaders) {
      headers["transfer-encoding"] = "chunked";
      fields.raw.push("transfer-encoding", "chunked");
    }
    super(stream, headers, options, fields.raw);
    this.headerBytes = fields.bytes;
    this.#isComplete = stream.endAfterHeaders;
    this.#peer = { encrypted: true, remoteAddress: stream.session?.socket.remoteAddress, bytesRead: 0 };
  }

  /** `timer` begins anew whenever the caller sends. */
  watch(timer: NodeJS.Timeout): void {
    this.#silence = timer;
  }

  /** Node's own says so of a cut body too: it would reach the upstream as a whole one. */
  // @ts-expect-error TS2611: node has a getter where the types have a property.
  override get complete(): boolean {
    return this.#isComplete;
  }

  /** Not the connection's, which other requests share. */
  // @ts-expect-error TS2611: node has a getter where the types have a property.
  override get socket(): Socket & Http2ServerRequest["socket"] {
    return this.#peer as unknown as Socket & Http2ServerRequest["socket"];
  }

  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    if (chunk !== null) {
      this.#silence?.refresh();
      this.#peer.bytesRead += chunk.length;
      return super.push(chunk, encoding);
    }
    // A stream that the caller reset is ended too, but its body is cut.
    if (!this.#isComplete && (this.stream.closed || this.stream.aborted)) return false;
    this.#isComplete = true;
    return super.push(null);
  }

  override _read(size: number): void {
    // Node's own asserts that the stream was ended when it closed; a cut one is not.
    if (!this.stream.closed) super._read(size);
  }
}

/** The answer to an `Http2Request`, with the members of node's HTTP/1.1 ones that the pipeline uses. */
export class Http2Response extends Http2ServerResponse<Http2Request> {
  #silence: NodeJS.Timeout | undefined;

  constructor(stream: ServerHttp2Stream) {
    super(stream);
    // As over HTTP/1.1, an answer is over when it has left, though its caller may still send. Node says `close` once
    // more when the stream is over, and ends the writable side of HEAD before there is an answer.
    stream.once("finish", () => {
      if (stream.headersSent) this.emit("close");
    });
  }

  /** `timer` begins anew whenever bytes leave for the caller. */
  watch(timer: NodeJS.Timeout): void {
    this.#silence = timer;
    this.on("drain", () => timer.refresh());
  }

  /** The service answers, though nothing may leave yet. */
  progressed(): void {
    this.#silence?.refresh();
  }

  // @ts-expect-error TS2611: node has nothing where the types have a property.
  override get destroyed(): boolean {
    return this.stream.destroyed || this.stream.closed;
  }

  /** Node ends the stream also where the caller has left. */
  // @ts-expect-error TS2611: node has a getter where the types have a property.
  override get writableFinished(): boolean {
    return this.stream.writableFinished && this.headersSent && !this.stream.aborted;
  }

  /** Takes a reason phrase, which HTTP/2 does not have, and headers as name, value, name, value …. */
  override writeHead(status: number, ...rest: readonly unknown[]): this {
    const headers = rest.at(-1);
    return super.writeHead(status, Array.isArray(headers) ? fieldValues(headers) : {});
  }

  override write(chunk: string | Uint8Array): boolean {
    this.#silence?.refresh();
    return super.write(chunk);
  }

  override end(chunk?: string | Uint8Array | (() => void)): this {
    // Where nobody reads the body, node would reset the stream, and some callers take that for a failure.
    if (!this.req.complete && this.req.readableFlowing === null) this.req.resume();
    return typeof chunk === "string" || chunk instanceof Uint8Array ? super.end(chunk) : super.end(chunk);
  }

  /** The caller sees a broken transfer: node's own would reset with "no error", which is a regular end. */
  override destroy(): this {
    this.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return this;
  }
}

/** The fields as HTTP/1.1 has them: no pseudo fields, `Host` first, one `Cookie` (RFC 9113, 8.2.3 and 8.3.1). */
function plainFields(raw: readonly string[]): { raw: string[]; bytes: number } {
  const fields: string[] = [];
  let authority: string | undefined;
  let bytes = 0;
  let cookieAt = -1;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string;
    const value = raw[index + 1] as string;
    bytes += name.length + value.length + FIELD_OVERHEAD_BYTES;
    if (name.startsWith(":")) {
      if (name === ":authority") authority = value;
    } else if (name === "cookie" && cookieAt >= 0) {
      fields[cookieAt] = `${fields[cookieAt]}; ${value}`;
    } else if (name !== "host" || value !== authority) {
      fields.push(name, value);
      if (name === "cookie") cookieAt = fields.length - 1;
    }
  }
  // Pseudo fields come first, so a `Host` that says the same is gone already; one that differs is a second.
  if (authority !== undefined) fields.unshift("host", authority);
  return { raw: fields, bytes };
}

function fieldValues(pairs: readonly string[]): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (let index = 0; index < pairs.length; index += 2) {
    const name = pairs[index] as string;
    const value = pairs[index + 1] as string;
    if (CONNECTION_FIELDS.has(name)) continue;
    const there = fields[name];
    if (there === undefined) fields[name] = value;
    else if (Array.isArray(there)) there.push(value);
    else fields[name] = [there, value];
  }
  return fields;
}
