import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { publicConfig } from "../config/file-form.ts";
import type { ReloadOutcome } from "../config/store.ts";
import type { Generation } from "../generation.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { explain } from "./explain.ts";
import { findForeign } from "./guard.ts";

export interface AdminSource {
  current(): Generation;
  /** Not draining: new requests are welcome. */
  ready(): boolean;
  reload(): Promise<ReloadOutcome>;
  history(): readonly ReloadOutcome[];
  readonly metrics: Metrics;
}

interface Answer {
  readonly status: number;
  /** Sent as JSON unless it is a string. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type Handler = (url: URL) => Answer | Promise<Answer>;

/** The operator's side: metrics, health, reload, and what the running configuration does. Never for callers. */
export function createAdminServer(source: AdminSource): Server {
  const routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
    "/metrics": {
      GET: async () => ({
        status: 200,
        body: await source.metrics.registry.metrics(),
        headers: { "content-type": source.metrics.registry.contentType },
      }),
    },
    "/-/healthy": { GET: () => ({ status: 200, body: { status: "healthy" } }) },
    "/-/ready": {
      GET: () =>
        source.ready()
          ? { status: 200, body: { status: "ready" } }
          : { status: 503, body: { status: "draining" } },
    },
    "/-/reload": {
      POST: async () => {
        const outcome = await source.reload();
        const weights = source.current().weights();
        return {
          status: outcome.result === "rejected" ? 422 : 200,
          body: { ...describeOutcome(outcome), weights },
        };
      },
    },
    "/config": {
      GET: () => {
        const { loaded, number } = source.current();
        return {
          status: 200,
          body: {
            hash: loaded.hash,
            generation: number,
            file: loaded.file,
            config: publicConfig(loaded.config),
            reloads: source.history().map(describeOutcome),
          },
        };
      },
    },
    "/explain": {
      GET: (url) => {
        const ids = url.searchParams.getAll("id");
        if (ids.length !== 1)
          return problem(
            400,
            "bad_request",
            `/explain takes one id, got ${ids.length}; call /explain?id=alice.`,
          );
        const explanation = explain(source.current(), ids[0] as string);
        return "code" in explanation
          ? problem(400, explanation.code, explanation.detail)
          : { status: 200, body: explanation };
      },
    },
  };

  async function answer(request: IncomingMessage): Promise<Answer> {
    const foreign = findForeign(request.headers, source.current().loaded.config.admin.hosts);
    if (foreign !== undefined) return problem(403, "foreign_caller", foreign);
    const url = URL.parse(request.url ?? "/", "http://admin");
    const methods = url === null ? undefined : routes[url.pathname];
    if (url === null || methods === undefined || !Object.hasOwn(routes, url.pathname))
      return problem(404, "not_found", `Nothing is served here; there is ${Object.keys(routes).join(", ")}.`);
    const method = request.method === "HEAD" ? "GET" : (request.method ?? "GET");
    const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (handler === undefined) {
      const allowed = Object.keys(methods).join(", ");
      const refusal = problem(405, "method_not_allowed", `${url.pathname} takes ${allowed}, not ${method}.`);
      return { ...refusal, headers: { ...refusal.headers, allow: allowed } };
    }
    return handler(url);
  }

  const server = createServer((request, response) => {
    request.resume();
    answer(request).then(
      (result) => send(request, response, result),
      (error: Error) => send(request, response, problem(500, "internal", error.message)),
    );
  });
  server.keepAliveTimeout = 75_000;
  return server;
}

function problem(status: number, code: string, detail: string): Answer {
  return {
    status,
    body: { type: "about:blank", title: code.replaceAll("_", " "), status, code, detail },
    headers: { "content-type": "application/problem+json" },
  };
}

function describeOutcome(outcome: ReloadOutcome): object {
  const { result, trigger, at, hash, previousHash, problems } = outcome;
  return {
    result,
    trigger,
    at: new Date(at).toISOString(),
    hash,
    previous_hash: previousHash,
    problems: problems.map(({ path, line, column, message }) => ({ path, line, column, message })),
  };
}

function send(request: IncomingMessage, response: ServerResponse, { status, body, headers }: Answer): void {
  const text = typeof body === "string" ? body : `${JSON.stringify(body, undefined, 2)}\n`;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    ...headers,
  });
  response.end(request.method === "HEAD" ? undefined : text);
}
