import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { WebSocket as Caller, type ClientOptions, type WebSocket as Served, WebSocketServer } from "ws";
import { rawRequest } from "../../../test/support/raw-http.ts";
import { configuration, type RunningProxy, startProxy } from "../../../test/support/running-proxy.ts";

export interface Service {
  readonly url: string;
  readonly server: Server;
  /** The requests that opened a WebSocket, in their order. */
  readonly seen: IncomingMessage[];
  readonly open: Set<Served>;
}

/** A service that says its name and then everything that it hears, and refuses plain requests. */
export async function startService(t: TestContext, name: string, options = {}): Promise<Service> {
  const seen: IncomingMessage[] = [];
  const open = new Set<Served>();
  const server = createServer((request, response) => {
    if (request.url === "/slow") return;
    response.writeHead(403, { server: name, "x-model": name }).end(`${name} forbids it`);
  });
  const sockets = new WebSocketServer({ server, ...options });
  sockets.on("headers", (headers) => headers.push(`Server: ${name}`, `X-Model: ${name}`));
  sockets.on("connection", (socket, request) => {
    seen.push(request);
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on("error", () => undefined);
    socket.send(name);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of open) socket.terminate();
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, server, seen, open };
}

export async function startPair(t: TestContext, more = "", options = {}) {
  const a = await startService(t, "a", options);
  const b = await startService(t, "b", options);
  const proxy = await startProxy(t, configuration({ a: a.url, b: b.url }, [50, 50], more));
  return { a, b, proxy };
}

export interface Opened {
  readonly socket: Caller;
  readonly variant: string;
  readonly answer: IncomingMessage;
}

/** Opens a WebSocket through the proxy; `variant` is the first thing that the service said. */
export async function open(
  t: TestContext,
  proxy: RunningProxy,
  headers: Record<string, string> = {},
  options: ClientOptions & { protocols?: string[]; path?: string } = {},
): Promise<Opened> {
  const { protocols = [], path = "/chat", ...rest } = options;
  const socket = new Caller(`ws://127.0.0.1:${proxy.port}${path}`, protocols, { headers, ...rest });
  socket.on("error", () => undefined);
  t.after(() => socket.terminate());
  const upgraded = once(socket, "upgrade");
  const [first] = await once(socket, "message");
  const [answer] = (await upgraded) as [IncomingMessage];
  return { socket, variant: String(first), answer };
}

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

export function handshake(target: string, headers: Record<string, string> = {}): string {
  return rawRequest("GET", target, {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": KEY,
    ...headers,
  });
}

export const codeOf = (body: string) => (JSON.parse(body) as { code: string }).code;

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}
