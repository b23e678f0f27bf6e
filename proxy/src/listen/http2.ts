import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import {
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { TLSSocket } from "node:tls";
import { problemBody, type Refusal, statusOf } from "../errors.ts";
import { Http2Request, Http2Response } from "./http2-messages.ts";
import { HEADERS_DEADLINE_MS, HEADERS_LIMIT_BYTES, KEEP_ALIVE_MS } from "./limits.ts";
import type { ListenerCounts } from "./parser-refusals.ts";
import { closeSoon } from "./raw-answer.ts";

const CONCURRENT_STREAMS = 128;
/** Above our own limit, so that what is a little too large gets our answer; above this the stream is reset. */
const REFUSED_HEADERS_BYTES = 2 * HEADERS_LIMIT_BYTES;
/** How long a caller that has its whole answer may go on with its body. */
const BODY_LINGER_MS = 5000;

/**
 * What nghttp2 and node enforce beside these by default: 1,000 resets at once and 33 a second (rapid reset), 8
 * CONTINUATION frames, 1,000 invalid frames, 100 refused streams, 10 open pings, 10 MB of buffers a session.
 */
const OPTIONS = {
  Http2ServerRequest: Http2Request,
  Http2ServerResponse: Http2Response,
  settings: {
    maxConcurrentStreams: CONCURRENT_STREAMS,
    maxHeaderListSize: REFUSED_HEADERS_BYTES,
    enableConnectProtocol: false,
  },
  // As many as fit into the size, each counting at least 32 bytes.
  maxHeaderListPairs: REFUSED_HEADERS_BYTES / 32,
  // An upstream may repeat a field that should be there once: over HTTP/1.1 that passes too.
  strictSingleValueFields: false,
};

/** The HTTP/2 side of the TLS listener: gets the connections that negotiated `h2`. */
export class Http2Side {
  silenceLimitMs: number;
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #count: ListenerCounts;
  #isDraining = false;

  constructor(handle: RequestListener, count: ListenerCounts, silenceMs: number) {
    this.#count = count;
    this.silenceLimitMs = silenceMs;
    this.#server = createServer(OPTIONS);
    const serve = (request: Http2Request, response: Http2Response) => {
      this.#watchSilence(request, response);
      if (request.headerBytes > HEADERS_LIMIT_BYTES)
        return this.#refuse(response, {
          code: "headers_too_large",
          detail: `The headers have ${request.headerBytes} bytes (32 added for each), the limit is ${HEADERS_LIMIT_BYTES}; send fewer or shorter ones.`,
        });
      // The two classes have every member that the pipeline uses.
      handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
    };
    for (const event of ["request", "checkContinue", "checkExpectation"]) this.#server.on(event, serve);
    this.#server.on("connect", (_request, response: Http2Response) =>
      this.#refuse(response, {
        code: "method_not_allowed",
        detail: "CONNECT is not served: this is no forward proxy.",
      }),
    );
  }

  /** A connection whose handshake chose `h2`. */
  accept(socket: TLSSocket): void {
    // Emitted within the call below.
    this.#server.once("session", (session) => this.#watchSession(session, socket));
    this.#server.emit("connection", socket);
  }

  /** Callers learn that no new streams are served (GOAWAY); those under way end, and with the last its connection. */
  drain(): void {
    this.#isDraining = true;
    for (const session of this.#sessions) session.close();
  }

  /** A session without streams ends: soon if it never had one, else after as long as an HTTP/1.1 connection. */
  #watchSession(session: ServerHttp2Session, socket: TLSSocket): void {
    this.#sessions.add(session);
    const close = () => {
      session.close();
      closeSoon(socket);
    };
    // Not the session's own timer: pings would keep it from passing.
    let idle = setTimeout(close, HEADERS_DEADLINE_MS);
    let streams = 0;
    session.on("stream", (stream: ServerHttp2Stream) => {
      streams++;
      clearTimeout(idle);
      stream.once("close", () => {
        streams--;
        if (streams === 0 && !session.closed) idle = setTimeout(close, KEEP_ALIVE_MS);
      });
    });
    session.once("close", () => {
      this.#sessions.delete(session);
      clearTimeout(idle);
    });
    if (this.#isDraining) session.close();
  }

  #watchSilence(request: Http2Request, response: Http2Response): void {
    const { stream } = request;
    const silence = setTimeout(() => {
      this.#count.silent();
      stream.close(constants.NGHTTP2_CANCEL);
    }, this.silenceLimitMs);
    request.watch(silence);
    response.watch(silence);
    stream.once("close", () => clearTimeout(silence));
    // Whoever has its answer may end its body, but not for ever (RFC 9113, 8.1).
    response.once("close", () => {
      if (stream.closed) return;
      const linger = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), BODY_LINGER_MS);
      stream.once("close", () => clearTimeout(linger));
    });
  }

  /** Answers what never reaches the pipeline. */
  #refuse(response: Http2Response, refusal: Refusal): void {
    this.#count.refused(refusal);
    const body = problemBody(refusal);
    response.writeHead(statusOf(refusal), [
      "content-type",
      "application/problem+json",
      "content-length",
      String(body.length),
      "cache-control",
      "no-store",
    ]);
    if (response.req.method === "HEAD") response.end();
    else response.end(body);
  }
}
