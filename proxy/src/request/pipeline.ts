import type { IncomingMessage, ServerResponse } from "node:http";
import type { Generation, Variant } from "../generation.ts";
import { answerReport } from "../outcomes/endpoint.ts";
import { readBody } from "./body.ts";
import { decide } from "./decision.ts";
import { refuseDoubtful } from "./doubt.ts";
import { Exchange, type ExchangeSurroundings } from "./exchange.ts";
import type { ExchangeWatch } from "./exchange-watch.ts";
import { Forwarding } from "./forward.ts";
import { upstreamHeaders } from "./forwarded-headers.ts";
import type { RequestHead } from "./headers.ts";
import { askRateLimit } from "./rate-gate.ts";
import { chooseRequestId } from "./request-id.ts";
import { originForm, refuseTarget } from "./target.ts";

export interface PipelineSource extends ExchangeSurroundings {
  /** The generation that a request arriving now belongs to. */
  current(): Generation;
  newRequestId(): string;
  readonly watch: ExchangeWatch;
}

/** A request that has its variant and may go there. */
export interface Admitted {
  readonly variant: Variant;
  readonly head: RequestHead;
  /** In origin form. */
  readonly target: string;
  /** What the upstream is sent, but for `Host`: name, value, name, value …. */
  readonly headers: string[];
}

export interface Pipeline {
  /** A plain request: identify ► bucket ► variant ► forward ► blind ► respond. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Its first half, which upgrades share. Calls `proceed` unless the request is refused or its caller leaves. */
  admit(exchange: Exchange, proceed: (admitted: Admitted) => void): void;
}

/** What happens to every request on the traffic listener. */
export function createPipeline(source: PipelineSource): Pipeline {
  function admit(exchange: Exchange, proceed: (admitted: Admitted) => void): void {
    const { request, generation } = exchange;
    const head = generation.readHead(request.rawHeaders, request.httpVersion);
    exchange.requestId = chooseRequestId(head.requestIds, source.newRequestId);
    const doubt = refuseDoubtful(request, head);
    if (doubt !== undefined) return exchange.refuseAndClose(doubt);
    const target = originForm(request.url ?? "/");
    if (generation.outcomes?.isAt(target)) return answerReport(exchange, head, generation.outcomes);
    const refusal = refuseTarget(request.method, target, generation.judgePath);
    if (refusal !== undefined) return exchange.refuse(refusal);

    const remoteAddress = request.socket.remoteAddress ?? "";
    const decision = decide(generation, head, request.method, target, remoteAddress);
    if ("code" in decision) return exchange.refuse(decision);
    const variant = generation.variants[decision.variant] as Variant;
    exchange.assign(variant, decision);
    const headers = upstreamHeaders(exchange, head, decision.ignoresIdHeader);
    const admitted = { variant, head, target, headers };

    const asked = askRateLimit(generation, decision, remoteAddress, head.forwardedFor);
    if (asked === undefined) return proceed(admitted);
    void asked.then((limited) => {
      if (limited !== undefined) exchange.refuse(limited);
      else if (!exchange.isOver) proceed(admitted);
    });
  }

  function forward(exchange: Exchange, { variant, head, target, headers }: Admitted): void {
    exchange.startWaiting();
    readBody(exchange, head, exchange.generation.loaded.config.limits, (body) => {
      exchange.stopWaiting();
      new Forwarding(exchange, variant, { target, headers, body }).start();
    });
  }

  return {
    admit,
    handle(request, response) {
      const exchange = new Exchange(request, response, source.current(), source);
      source.watch.add(exchange);
      admit(exchange, (admitted) => forward(exchange, admitted));
    },
  };
}
