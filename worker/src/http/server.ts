import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { retryable, WorkerError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics/record.ts";
import { CONNECTION_LIMITS, type ConnectionLimits, createConnections, untilTurn } from "./connections.ts";
import { type Contract, PREDICT_ENDPOINTS, type PredictPath } from "./contract.ts";
import { type Answer, createDocs } from "./docs.ts";
import { createDrain } from "./drain.ts";
import { createExplainer } from "./explainer.ts";
import { describeApi } from "./openapi.ts";
import type { PredictHandler } from "./predict.ts";
import { rawProblem, send, sendJson, sendProblem } from "./response.ts";

export interface ServerParts {
  readonly contract: Contract;
  readonly predict: PredictHandler;
  readonly metrics: Pick<Metrics, "contentType" | "expose" | "connectionDropped">;
  readonly log: Log;
  /** From the first byte of a request to the end of its headers. */
  readonly headersMs: number;
  /** Most that reading a body takes; who reads it holds to that. */
  readonly bodyMs: number;
  /** Left out: `CONNECTION_LIMITS`. */
  readonly connections?: Partial<ConnectionLimits> | undefined;
  /** Why no prediction can be made now, or undefined when the worker is ready. */
  unreadiness(): string | undefined;
  /** What `GET /metadata` answers; undefined until the model is loaded. */
  metadata(): object | undefined;
}

export interface HttpServer {
  /** @throws WorkerError `listen_failed`. */
  listen(host: string, port: number): Promise<void>;
  address(): { host: string; port: number };
  /**
   * Accepts nothing more and lets what runs finish. What is left at the deadline is answered with 503, and cut
   * a moment later.
   * @param onDeadline told the error of that answer, so that nothing more is computed for it.
   */
  close(deadlineMs: number, onDeadline: (error: WorkerError) => void): Promise<void>;
}

/** What is answered also when all other places are taken: who watches a worker needs it most then. */
const PROBES: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/metrics"]);

/** The whole HTTP surface: routing, limits of the connection, orderly end. */
export function createHttpServer(parts: ServerParts): HttpServer {
  const explain = createExplainer(parts.log);
  let api: string | undefined;
  const reads: Readonly<Record<string, Answer>> = {
    "/healthz": (response) => sendJson(response, 200, { status: "ok" }),
    "/readyz": (response) => {
      const reason = parts.unreadiness();
      if (reason === undefined) return sendJson(response, 200, { status: "ready" });
      throw retryable("not_ready", reason);
    },
    "/metadata": (response) => {
      const metadata = parts.metadata();
      if (metadata !== undefined) return sendJson(response, 200, metadata);
      throw retryable("not_ready", "the model is being loaded");
    },
    "/metrics": async (response) =>
      send(response, 200, parts.metrics.contentType, await parts.metrics.expose()),
    "/openapi.json": (response) => {
      // Made when it is asked for first: most workers are never asked.
      api ??= JSON.stringify(describeApi(parts.contract));
      return send(response, 200, "application/json", api);
    },
    ...createDocs(),
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const refusal = PROBES.has(path) ? undefined : connections.refusal(request);
    if (Object.hasOwn(PREDICT_ENDPOINTS, path)) {
      return parts.predict(request, response, PREDICT_ENDPOINTS[path as PredictPath], refusal);
    }
    if (refusal !== undefined) throw refusal;
    // A prediction begins at once: it waits in the queue anyway, and its answer is small.
    if (response.socket === null) await untilTurn(response);
    const read = Object.hasOwn(reads, path) ? reads[path] : undefined;
    if (read === undefined) {
      throw new WorkerError("not_found", "no such path; predictions are at POST /predict");
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      throw new WorkerError("method_not_allowed", "use GET", { headers: { allow: "GET, HEAD" } });
    }
    return read(response);
  };

  const server = createServer(connectionLimits(parts), (request, response) => {
    if (!connections.admit(request, response)) return;
    drain.track(response);
    route(request, response).catch((thrown: unknown) => {
      sendProblem(response, explain(thrown));
    });
  });
  const connections = createConnections(server, { ...CONNECTION_LIMITS, ...parts.connections }, parts);
  const drain = createDrain(server);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === "ECONNRESET" || !socket.writable) socket.destroy();
    else socket.end(rawProblem(connectionProblem(error)), () => socket.destroy());
  });

  let isClosing = false;
  return {
    listen(host, port) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onListenError = (cause: NodeJS.ErrnoException) => {
        const remedy =
          cause.code === "EADDRINUSE"
            ? "another process has it: choose another port"
            : "choose another host or port";
        reject(
          new WorkerError("listen_failed", `cannot listen on ${host}:${port} (${cause.code}); ${remedy}`, {
            cause,
          }),
        );
      };
      server.once("error", onListenError);
      server.listen(port, host, () => {
        // From here on an error is one connection that could not be accepted; the next one may be.
        server.off("error", onListenError);
        server.on("error", (error) => parts.log.error({ err: error }, "the server reported an error"));
        if (isClosing) server.close();
        resolve();
      });
      return promise;
    },
    address() {
      const { address, port } = server.address() as AddressInfo;
      return { host: address, port };
    },
    close(deadlineMs, onDeadline) {
      isClosing = true;
      const error = retryable("stopping", "the worker is stopping");
      return drain.close(deadlineMs, error, () => onDeadline(error));
    },
  };
}

export const HEADERS_DEADLINE_MS = 10_000;
export const BODY_DEADLINE_MS = 15_000;
const LIMIT_HEADER_BYTES = 16 * 1024;

function connectionLimits({ headersMs, bodyMs }: Pick<ServerParts, "headersMs" | "bodyMs">) {
  return {
    // Longer than any proxy keeps an idle socket (ours: 4 s), so that the proxy closes first and no POST meets
    // a socket that is being closed here. Node's default of 5 s races with it.
    keepAliveTimeout: 65_000,
    headersTimeout: headersMs,
    // Cuts the connection, so it must come after the body's deadline, which answers in order. That one begins
    // when the headers are there, this one before them: 10 s of headers + 15 s of body + 5 s = 30 s.
    requestTimeout: headersMs + bodyMs + 5_000,
    connectionsCheckingInterval: Math.min(1_000, headersMs),
    maxHeaderSize: LIMIT_HEADER_BYTES,
  };
}

function connectionProblem(error: NodeJS.ErrnoException): WorkerError {
  switch (error.code) {
    case "HPE_HEADER_OVERFLOW":
      return new WorkerError("headers_too_large", `the headers exceed ${LIMIT_HEADER_BYTES} bytes`);
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new WorkerError("request_timeout", "the request was not complete in time");
    default:
      return new WorkerError("malformed_http", "the request is not valid HTTP/1.1");
  }
}
