import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { portOwner } from "../local/port-owner.ts";
import { DrillError } from "./errors.ts";
import { type Notification, readNotification } from "./notification.ts";

const MOST_BYTES = 1_048_576;
const LONGEST_REQUEST_MS = 10_000;

export interface Delivery extends Notification {
  /** The path that was called. */
  readonly path: string;
}

/** Stands where a receiver's webhook leads to. */
export interface Sink {
  readonly url: string;
  stop(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** @throws DrillError `port_unusable` */
export async function startSink(
  host: string,
  port: number,
  take: (delivery: Delivery) => void,
): Promise<Sink> {
  const server = createServer({ requestTimeout: LONGEST_REQUEST_MS }, (request, response) => {
    readBody(request).then(
      (body) => {
        const notification = body === undefined ? undefined : readNotification(body);
        response.writeHead(notification ? 200 : 400).end();
        if (notification) take({ ...notification, path: request.url ?? "/" });
      },
      () => response.destroy(),
    );
  });
  server.listen({ host, port });
  try {
    await once(server, "listening");
  } catch (error) {
    throw new DrillError("port_unusable", await complaint(host, port, error));
  }
  const bound = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound.port}/`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function complaint(host: string, port: number, error: unknown): Promise<string> {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  if (code === "EADDRINUSE") {
    const owner = await portOwner(port);
    return `port ${port}, where the drill listens, is in use${owner ? ` by ${owner}` : ""}: stop that, or give --listen another and BLINDSPLIT_DRILL_URL the same`;
  }
  return `the drill cannot listen on ${host}:${port} (${code}): give --listen an address of this machine and a free port above 1023`;
}
