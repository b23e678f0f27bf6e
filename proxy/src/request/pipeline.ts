import type { IncomingMessage, ServerResponse } from "node:http";
import type { Generation, Variant } from "../generation.ts";
import { createSessionIds, sessionCookie } from "../identity/cookie.ts";
import { identify } from "../identity/unit.ts";
import { findFramingDoubt, readBody } from "./body.ts";
import { Exchange } from "./exchange.ts";
import { forward } from "./forward.ts";
import { type RequestHead, readRequestHead } from "./headers.ts";
import { originForm, refuseTarget } from "./target.ts";

export interface PipelineSource {
  /** The generation that a request arriving now belongs to. */
  current(): Generation;
  /** No new connections are wanted: answers say `Connection: close`. */
  draining(): boolean;
}

/** identify ► bucket ► variant ► forward ► blind ► respond: what happens to every request on the traffic listener. */
export function createPipeline(source: PipelineSource) {
  const newSessionId = createSessionIds();
  return function handle(request: IncomingMessage, response: ServerResponse): void {
    const generation = source.current();
    const { identity } = generation.loaded.config;
    const exchange = new Exchange(request, response, generation, source.draining);
    const head = readRequestHead(request.rawHeaders, identity.header, request.httpVersion);

    const doubt = head.doubt ?? findFramingDoubt(request);
    if (doubt !== undefined) return exchange.refuseAndClose({ code: "ambiguous_request", detail: doubt });
    const target = originForm(request.url ?? "/");
    const refusal = refuseTarget(request.method, target, generation.judgePath);
    if (refusal !== undefined) return exchange.refuse(refusal);

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
    if ("code" in unit) return exchange.refuse(unit);
    generation.record.identified(unit.source);
    if (unit.source === "cookie" || unit.source === "new")
      exchange.setCookie = sessionCookie(unit.id, identity.cookie);

    const { variant, analysisBucket } = generation.assignment.assign(unit.id);
    generation.record.decided(variant);
    exchange.assigned = {
      record: (generation.variants[variant] as Variant).record,
      analysisBucket,
    };
    send(exchange, variant, target, head);
  };
}

function send(exchange: Exchange, variant: number, target: string, head: RequestHead): void {
  const { generation, request } = exchange;
  const { upstreams, record } = generation.variants[variant] as Variant;
  const limit = generation.loaded.config.upstream.maxInFlight;
  exchange.startWaiting();
  readBody(exchange, (body) => {
    exchange.stopWaiting();
    // Asked only now: bodies may arrive long after their heads, and all of them at once.
    if (record.inFlight.value >= limit) {
      return exchange.refuse({
        code: "too_many_in_flight",
        detail: `${limit} requests are in flight already, which is the limit (upstream.max_in_flight); try again later.`,
        retryAfterSeconds: 1,
      });
    }
    const upstream = upstreams.pick();
    const remote = request.socket.remoteAddress ?? "";
    const headers = head.passed;
    headers.push("host", upstream.authority);
    headers.push(
      "x-forwarded-for",
      head.forwardedFor === undefined ? remote : `${head.forwardedFor}, ${remote}`,
    );
    forward(exchange, upstream, record, { target, headers, body });
  });
}
