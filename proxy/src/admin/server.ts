import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Config } from "../config/config.ts";
import { publicConfig } from "../config/file-form.ts";
import type { ReloadOutcome } from "../config/store.ts";
import type { Generation } from "../generation.ts";
import type { Log } from "../log.ts";
import { expose } from "../metrics/expose.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { INSTANCE_HEADER } from "../page/ask.ts";
import type { Page } from "../page/page.ts";
import type { Disagreements } from "../shadow/disagreements.ts";
import type { KnownStop } from "../stop/known-stops.ts";
import { type Answer, problem, send } from "./answer.ts";
import { explain, explainAddress } from "./explain.ts";
import { findForeign, findUnauthorised } from "./guard.ts";
import { answerPage, isOfPage, isPublic } from "./page-routes.ts";
import { describeShadow } from "./shadow.ts";
import { describeUpstreams } from "./upstreams.ts";

export interface AdminSource {
  current(): Generation;
  /** Not draining: new requests are welcome. */
  ready(): boolean;
  reload(): Promise<ReloadOutcome>;
  history(): readonly ReloadOutcome[];
  readonly metrics: Metrics;
  readonly page: Page;
  /** Of shadow answers with those that callers got. */
  readonly disagreements: Disagreements;
  readonly log: Log;
  /** Of this process, for the other gateways' pages. */
  readonly instance: string;
}

/** What orchestrators ask, which have no token to send; they learn one word. */
const PROBES: ReadonlySet<string> = new Set(["/-/healthy", "/-/ready"]);

type Handler = (url: URL, request: IncomingMessage) => Answer | Promise<Answer>;
type Methods = Readonly<Record<string, Handler>>;

/** The operator's side: metrics, health, reload, and what the running configuration does. Never for callers. */
export function createAdminServer(source: AdminSource): Server {
  const routes: Readonly<Record<string, Methods>> = {
    "/metrics": {
      GET: async () => ({
        status: 200,
        body: await expose(source.metrics.registry),
        headers: { "content-type": source.metrics.registry.contentType, [INSTANCE_HEADER]: source.instance },
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
        const generation = source.current();
        const { loaded, number, hash } = generation;
        return {
          status: 200,
          body: {
            hash,
            generation: number,
            file: loaded.file,
            weights: generation.weights(),
            stopped: generation.stops.map(describeStop),
            config: publicConfig(loaded.config),
            reloads: source.history().map(describeOutcome),
          },
        };
      },
    },
    "/upstreams": {
      GET: () => ({ status: 200, body: describeUpstreams(source.current().variants) }),
    },
    "/shadow": {
      GET: () => describeShadow(source.current().loaded.config, source.disagreements),
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

  function methodsOf(path: string, page: Config["admin"]["page"]): Methods | undefined {
    if (Object.hasOwn(routes, path)) return routes[path];
    if (page === "off" || !isOfPage(path, page)) return undefined;
    return { GET: (_url, request) => answerPage(source.page, path, page, request) };
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const { hosts, token, page } = source.current().loaded.config.admin;
    const foreign = findForeign(request.headers, hosts);
    if (foreign !== undefined) return problem(403, "foreign_caller", foreign);
    const url = URL.parse(request.url ?? "/", "http://admin");
    const path = url?.pathname ?? "";
    const isForAll = PROBES.has(path) || isPublic(path, page);
    const unauthorised = isForAll ? undefined : findUnauthorised(request.headers, token);
    if (unauthorised !== undefined) {
      const refusal = problem(401, "token_required", unauthorised);
      return { ...refusal, headers: { ...refusal.headers, "www-authenticate": "Bearer" } };
    }
    const methods = methodsOf(path, page);
    if (url === null || methods === undefined) {
      const there = [...(page === "off" ? [] : ["/"]), ...Object.keys(routes)];
      return problem(404, "not_found", `Nothing is served here; there is ${there.join(", ")}.`);
    }
    const method = request.method === "HEAD" ? "GET" : (request.method ?? "GET");
    const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (handler === undefined) {
      const allowed = Object.keys(methods).join(", ");
      const refusal = problem(405, "method_not_allowed", `${path} takes ${allowed}, not ${method}.`);
      return { ...refusal, headers: { ...refusal.headers, allow: allowed } };
    }
    return handler(url, request);
  }

  const server = createServer((request, response) => {
    request.resume();
    answer(request).then(
      (result) => send(request, response, result),
      (error: Error) => {
        source.log.error({ err: error, method: request.method }, "the admin listener could not answer");
        send(request, response, problem(500, "internal", "This could not be answered; the log says why."));
      },
    );
  });
  server.keepAliveTimeout = 75_000;
  return server;
}

function describeStop({ variant, at }: KnownStop): object {
  const why =
    "The judge found a guardrail breached: its users get the control until experiment.phase or judge.stop changes.";
  return { variant, at: new Date(at).toISOString(), why };
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
