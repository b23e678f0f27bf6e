import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { publicConfig } from "../config/file-form.ts";
import type { ReloadOutcome } from "../config/store.ts";
import type { Generation } from "../generation.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { explain, explainAddress } from "./explain.ts";
import { findForeign, findUnauthorised } from "./guard.ts";
import { describeUpstreams } from "./upstreams.ts";

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

/** What orchestrators ask, which have no token to send; they learn one word. */
const PROBES: ReadonlySet<string> = new Set(["/-/healthy", "/-/ready"]);

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
    "/upstreams": {
      GET: () => ({ status: 200, body: describeUpstreams(source.current().variants) }),
    },
    "/explain": {
      GET: (url) => {
        const ids = url.searchParams.getAll("id");
        const addresses = url.searchParams.getAll("address");
        const [id, address] = [ids[0], addresses[0]];
        if (ids.length + addresses.length !== 1 || (id ?? address) === undefined)
          return problem(
            400,
            "bad_request",
            `/explain takes one id or one address, got ${ids.length} and ${addresses.length}; call /explain?id=alice or /explain?address=192.0.2.7.`,
          );
        const explanation =
          id === undefined
            ? explainAddress(source.current(), address as string)
            : explain(source.current(), id);
        return "code" in explanation
          ? problem(400, explanation.code, explanation.detail)
          : { status: 200, body: explanation };
      },
    },
  };

  async function answer(request: IncomingMessage): Promise<Answer> {
    const { hosts, token } = source.current().loaded.config.admin;
    const foreign = findForeign(request.headers, hosts);
    if (foreign !== undefined) return problem(403, "foreign_caller", foreign);
    const url = URL.parse(request.url ?? "/", "http://admin");
    const unauthorised = PROBES.has(url?.pathname ?? "")
      ? undefined
      : findUnauthorised(request.headers, token);
    if (unauthorised !== undefined) {
      const refusal = problem(401, "token_required", unauthorised);
      return { ...refusal, headers: { ...refusal.headers, "www-authenticate": "Bearer" } };
    }
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
