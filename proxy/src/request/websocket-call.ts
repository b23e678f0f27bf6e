import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createProxyServer, type ServerOptions } from "http-proxy-3";
import { errors } from "undici";
import type { UpstreamSettings } from "../config/config.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { withoutFields } from "./headers.ts";
import { handshakeFields } from "./websocket-handshake.ts";

export interface WebSocketRequest {
  readonly target: string;
  /** Name, value, name, value … as for a plain request; without `Host`. */
  readonly headers: readonly string[];
  readonly caller: Duplex;
  /** What the caller sent after its request already. */
  readonly head: Buffer;
}

/** What came of a call: exactly one of the last three is told, unless the call is destroyed before. */
export interface CallListener {
  /** From now on bytes reach the upstream. */
  onConnected(): void;
  onFailed(error: Error): void;
  /** The upstream answered something else than 101. */
  onRefused(status: number, headers: IncomingHttpHeaders): void;
  /** `join` writes the 101 with these fields to the caller and joins the sockets. */
  onAgreed(headers: IncomingHttpHeaders, socket: Socket, join: (fields: IncomingHttpHeaders) => void): void;
}

type Relay = (answer: IncomingMessage, socket: Socket, head: Buffer) => void;

/**
 * Asks an upstream for a WebSocket. http-proxy-3 makes the call and joins the sockets; what it would say to the caller
 * by itself goes to the listener instead, because it passes an upstream's words as they are.
 */
export function callWebSocket(
  upstream: Upstream,
  request: WebSocketRequest,
  settings: Pick<UpstreamSettings, "connectTimeoutMs" | "firstByteTimeoutMs">,
  listener: CallListener,
): ClientRequest {
  const { call, relay } = startCall(upstream, request);
  const deadline = watchDeadlines(call, upstream.connectOptions.tls, settings, listener);
  call.on("error", (error) => {
    deadline.stop();
    listener.onFailed(error);
  });
  call.on("response", (answer: IncomingMessage) => {
    deadline.stop();
    answer.destroy();
    listener.onRefused(answer.statusCode ?? 502, answer.headers);
  });
  call.on("upgrade", (answer: IncomingMessage, socket: Socket, head: Buffer) => {
    deadline.stop();
    // Whatever goes wrong, `close` follows.
    socket.on("error", () => undefined);
    listener.onAgreed(answer.headers, socket, (fields) => {
      answer.headers = fields;
      relay(answer, socket, head);
    });
  });
  return call;
}

function startCall(upstream: Upstream, request: WebSocketRequest): { call: ClientRequest; relay: Relay } {
  const proxy = createProxyServer();
  // Emitted for every broken connection of a caller: its `close` says the same, and is counted.
  proxy.on("error", () => undefined);
  let call: ClientRequest | undefined;
  proxy.once("proxyReqWs", (made) => {
    call = made;
    // Set here, because http-proxy-3 takes paths for URLs and rewrites them.
    made.path = upstream.basePath + request.target;
  });
  const plain = {
    method: "GET",
    url: "/",
    httpVersion: "1.1",
    httpVersionMajor: 1,
    headers: handshakeFields(fieldsFor(upstream, request.headers)),
  } as unknown as IncomingMessage;
  proxy.ws(plain, request.caller, request.head, connectOptions(upstream));
  // Attached by the time that `ws` returns; the call itself begins later.
  const [relay] = call?.listeners("upgrade") ?? [];
  if (call === undefined || relay === undefined) throw new Error("http-proxy-3 made no call");
  for (const event of ["upgrade", "response", "error"]) call.removeAllListeners(event);
  return { call, relay: relay as Relay };
}

function fieldsFor(upstream: Upstream, headers: readonly string[]): string[] {
  const own =
    upstream.headerNames === undefined ? [...headers] : withoutFields(headers, upstream.headerNames);
  own.push("host", upstream.authority, ...upstream.headers);
  return own;
}

function connectOptions({ connectOptions }: Upstream): ServerOptions {
  const { host, port, tls, ca, cert, key, lookup, servername, rejectUnauthorized } = connectOptions;
  return {
    // http-proxy-3 takes these from the target, whatever `ssl` says.
    target: {
      protocol: tls ? "https:" : "http:",
      host,
      port,
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
    },
    ssl: { ...(lookup && { lookup }), ...(servername !== undefined && { servername }) },
    secure: rejectUnauthorized ?? true,
    ignorePath: true,
  };
}

function watchDeadlines(
  call: ClientRequest,
  isTls: boolean,
  { connectTimeoutMs, firstByteTimeoutMs }: Pick<UpstreamSettings, "connectTimeoutMs" | "firstByteTimeoutMs">,
  listener: CallListener,
): { stop(): void } {
  let timer = setTimeout(
    () => call.destroy(new errors.ConnectTimeoutError("no connection in time")),
    connectTimeoutMs,
  );
  call.once("socket", (socket) => {
    socket.once(isTls ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      timer = setTimeout(
        () => call.destroy(new errors.HeadersTimeoutError("no answer in time")),
        firstByteTimeoutMs,
      );
      listener.onConnected();
    });
  });
  call.once("close", () => clearTimeout(timer));
  return { stop: () => clearTimeout(timer) };
}
