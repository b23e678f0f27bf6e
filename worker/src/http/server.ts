import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { asWorkerError, retryable, WorkerError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics/record.ts";
import { PREDICT_ENDPOINTS, type PredictEndpoint, type PredictHandler } from "./predict.ts";
import { rawProblem, send, sendJson, sendProblem } from "./response.ts";

export interface ServerParts {
  readonly predict: PredictHandler;
  readonly metrics: Pick<Metrics, "contentType" | "expose">;
  readonly log: Log;
  /** Why no prediction can be made now, or undefined when the worker is ready. */
  unreadiness(): string | undefined;
  /** What `GET /metadata` answers; undefined until the model is loaded. */
  metadata(): object | undefined;
}

export interface HttpServer {
  /** @throws WorkerError `listen_failed`. */
  listen(host: string, port: number): Promise<void>;
  address(): { host: string; port: number };
  /** Accepts nothing more, lets what runs finish, and cuts what is left at the deadline. */
  close(deadlineMs: number): Promise<void>;
}

type Read = (response: ServerResponse) => void | Promise<void>;

/** The whole HTTP surface: routing, limits of the connection, orderly end. */
export function createHttpServer(parts: ServerParts): HttpServer {
  const reads: Readonly<Record<string, Read>> = {
    "/healthz": (response) => sendJson(response, 200, { status: "ok" }),
    "/readyz": (response) => {
      const reason = parts.unreadiness();
      if (reason === undefined) sendJson(response, 200, { status: "ready" });
      else sendProblem(response, retryable("not_ready", reason));
    },
    "/metadata": (response) => {
      const metadata = parts.metadata();
      if (metadata === undefined) sendProblem(response, retryable("not_ready", "the model is being loaded"));
      else sendJson(response, 200, metadata);
    },
    "/metrics": async (response) =>
      send(response, 200, parts.metrics.contentType, await parts.metrics.expose()),
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    if (Object.hasOwn(PREDICT_ENDPOINTS, path)) {
      const endpoint: PredictEndpoint = PREDICT_ENDPOINTS[path as keyof typeof PREDICT_ENDPOINTS];
      return parts.predict(request, response, endpoint);
    }
    const read = Object.hasOwn(reads, path) ? reads[path] : undefined;
    if (read === undefined) {
      throw new WorkerError("not_found", "no such path; predictions are at POST /predict");
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      throw new WorkerError("method_not_allowed", "use GET", { headers: { allow: "GET, HEAD" } });
    }
    return read(response);
  };

  const open = new Set<ServerResponse>();
  let isClosing = false;
  const server = createServer(SERVER_LIMITS, (request, response) => {
    response.shouldKeepAlive &&= !isClosing;
    open.add(response);
    response.once("close", () => open.delete(response));
    route(request, response).catch((thrown: unknown) => {
      const error = asWorkerError(thrown);
      if (error.code === "internal") parts.log.error({ err: error.cause }, "a request failed unexpectedly");
      sendProblem(response, error);
    });
  });
  server.maxConnections = 2048;
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === "ECONNRESET" || !socket.writable) socket.destroy();
    else socket.end(rawProblem(connectionProblem(error)), () => socket.destroy());
  });

  return {
    listen(host, port) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      server.once("error", (cause: NodeJS.ErrnoException) => {
        const remedy =
          cause.code === "EADDRINUSE"
            ? "another process has it: choose another port"
            : "choose another host or port";
        reject(
          new WorkerError("listen_failed", `cannot listen on ${host}:${port} (${cause.code}); ${remedy}`, {
            cause,
          }),
        );
      });
      server.listen(port, host, () => {
        if (isClosing) server.close();
        resolve();
      });
      return promise;
    },
    address() {
      const { address, port } = server.address() as AddressInfo;
      return { host: address, port };
    },
    async close(deadlineMs) {
      isClosing = true;
      if (!server.listening) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      for (const response of open) response.shouldKeepAlive = false;
      const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
      await promise;
      clearTimeout(deadline);
    },
  };
}

const SERVER_LIMITS = {
  // Longer than any proxy keeps an idle socket (ours: 4 s), so that the proxy closes first and no POST meets
  // a socket that is being closed here. Node's default of 5 s races with it.
  keepAliveTimeout: 65_000,
  headersTimeout: 10_000,
  // Above the deadline of a body (BODY_DEADLINE_MS), which answers in order; this one cuts the connection.
  requestTimeout: 20_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
};

function connectionProblem(error: NodeJS.ErrnoException): WorkerError {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      return new WorkerError("headers_too_large", `the headers exceed ${SERVER_LIMITS.maxHeaderSize} bytes`);
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new WorkerError("body_timeout", "the request was not complete in time");
    default:
      return new WorkerError("malformed_http", "the request is not valid HTTP/1.1");
  }
}
