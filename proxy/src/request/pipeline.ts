import type { IncomingMessage, ServerResponse } from "node:http";
import type { Generation } from "../generation.ts";
import { newSessionId, sessionCookie } from "../identity/cookie.ts";
import { identify } from "../identity/unit.ts";
import { findFramingDoubt, readBody } from "./body.ts";
import { Exchange } from "./exchange.ts";
import { forward } from "./forward.ts";
import { type RequestHead, readRequestHead } from "./headers.ts";
import { comparablePath, originForm } from "./target.ts";

const TARGET_LIMIT_BYTES = 16 * 1024;

export interface PipelineSource {
  /** The generation that a request arriving now belongs to. */
  current(): Generation;
  /** No new connections are wanted: answers say `Connection: close`. */
  draining(): boolean;
}

/** identify ► bucket ► variant ► forward ► blind ► respond: what happens to every request on the traffic listener. */
export function createPipeline(source: PipelineSource) {
  return function handle(request: IncomingMessage, response: ServerResponse): void {
    const generation = source.current();
    const { identity } = generation.loaded.config;
    const exchange = new Exchange(request, response, generation, source.draining());
    const head = readRequestHead(request.rawHeaders, identity.header);

    const doubt = head.doubt ?? findFramingDoubt(request);
    if (doubt !== undefined) return exchange.refuseAndClose({ code: "ambiguous_request", detail: doubt });
    const target = checkTarget(exchange, originForm(request.url ?? "/"));
    if (target === undefined) return;

    if (request.method === "OPTIONS" && head.asksForCors)
      return send(exchange, generation.control, target, head);

    const unit = identify(
      {
        idHeader: head.idHeader,
        cookies: head.cookies,
        remoteAddress: request.socket.remoteAddress ?? "",
        forwardedFor: head.forwardedFor,
      },
      identity,
      newSessionId,
    );
    if (!("source" in unit)) return exchange.refuse(unit);
    generation.record.identified(unit.source);
    if (unit.source === "cookie" || unit.source === "new")
      exchange.setCookie = sessionCookie(unit.id, identity.cookie);

    const { variant, analysisBucket } = generation.assignment.assign(unit.id);
    generation.record.decided(variant);
    exchange.assigned = {
      record: (generation.variants[variant] as Generation["variants"][number]).record,
      analysisBucket,
    };
    send(exchange, variant, target, head);
  };
}

/** Returns the target if it may be forwarded; otherwise the exchange is answered. */
function checkTarget(exchange: Exchange, target: string): string | undefined {
  if (exchange.request.method === "TRACE") {
    exchange.refuse({
      code: "method_not_allowed",
      detail: "TRACE would show what the proxy added; use GET.",
    });
    return undefined;
  }
  if (target.length > TARGET_LIMIT_BYTES) {
    exchange.refuse({
      code: "uri_too_long",
      detail: `The request target has ${target.length} bytes, the limit is ${TARGET_LIMIT_BYTES}; move data into the body.`,
    });
    return undefined;
  }
  const comparable = comparablePath(target);
  if (comparable === undefined) {
    exchange.refuse({
      code: "bad_request",
      detail: 'The path climbs above "/"; leave out the surplus "..".',
    });
    return undefined;
  }
  // undici writes only targets that begin with a slash: "*" has no meaning beyond one server anyway.
  if (!target.startsWith("/") || exchange.generation.isHidden(comparable)) {
    exchange.refuse({ code: "not_found", detail: "This path is not served here." });
    return undefined;
  }
  return target;
}

function send(exchange: Exchange, variant: number, target: string, head: RequestHead): void {
  const { generation, request } = exchange;
  const { upstreams, record } = generation.variants[variant] as Generation["variants"][number];
  const limit = generation.loaded.config.upstream.maxInFlight;
  if (record.inFlight.value >= limit) {
    return exchange.refuse({
      code: "too_many_in_flight",
      detail: `${limit} requests are in flight already, which is the limit (upstream.max_in_flight); try again later.`,
      retryAfterSeconds: 1,
    });
  }
  const remote = request.socket.remoteAddress ?? "";
  exchange.startWaiting();
  readBody(request, (body) => {
    exchange.stopWaiting();
    const upstream = upstreams.pick();
    const headers = head.passed;
    headers.push("host", upstream.authority);
    headers.push(
      "x-forwarded-for",
      head.forwardedFor === undefined ? remote : `${head.forwardedFor}, ${remote}`,
    );
    forward(exchange, upstream, record, { target, headers, body });
  });
}
