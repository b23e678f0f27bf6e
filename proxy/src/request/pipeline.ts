import type { IncomingMessage, ServerResponse } from "node:http";
import type { Generation, Variant } from "../generation.ts";
import { findFramingDoubt, readBody } from "./body.ts";
import type { BodyWatch } from "./body-watch.ts";
import { type Decision, decide } from "./decision.ts";
import { Exchange, type ExchangeSurroundings } from "./exchange.ts";
import { Forwarding } from "./forward.ts";
import { upstreamHeaders } from "./forwarded-headers.ts";
import { type RequestHead, readRequestHead } from "./headers.ts";
import { askRateLimit } from "./rate-gate.ts";
import { chooseRequestId } from "./request-id.ts";
import { originForm, refuseTarget } from "./target.ts";

export interface PipelineSource extends ExchangeSurroundings {
  /** The generation that a request arriving now belongs to. */
  current(): Generation;
  newRequestId(): string;
  readonly bodyWatch: BodyWatch;
}

/** identify ► bucket ► variant ► forward ► blind ► respond: what happens to every request on the traffic listener. */
export function createPipeline(source: PipelineSource) {
  return function handle(request: IncomingMessage, response: ServerResponse): void {
    const generation = source.current();
    const exchange = new Exchange(request, response, generation, source);
    const head = readRequestHead(request.rawHeaders, generation.headRules, request.httpVersion);
    exchange.requestId = chooseRequestId(head.requestIds, source.newRequestId);

    const doubt = head.doubt ?? findFramingDoubt(head, request.httpVersion);
    if (doubt !== undefined) return exchange.refuseAndClose({ code: "ambiguous_request", detail: doubt });
    const target = originForm(request.url ?? "/");
    const refusal = refuseTarget(request.method, target, generation.judgePath);
    if (refusal !== undefined) return exchange.refuse(refusal);

    const remoteAddress = request.socket.remoteAddress ?? "";
    const decision = decide(generation, head, request.method, remoteAddress);
    if ("code" in decision) return exchange.refuse(decision);
    const variant = generation.variants[decision.variant] as Variant;
    exchange.variant = variant;
    exchange.analysisBucket = decision.analysisBucket;
    exchange.setCookie = decision.setCookie;

    const go = () => send(exchange, variant, decision, head, target, source.bodyWatch);
    const asked = askRateLimit(generation, decision, remoteAddress, head.forwardedFor);
    if (asked === undefined) return go();
    void asked.then((refusal) => (refusal === undefined ? go() : exchange.refuse(refusal)));
  };
}

function send(
  exchange: Exchange,
  variant: Variant,
  { ignoresIdHeader }: Decision,
  head: RequestHead,
  target: string,
  bodyWatch: BodyWatch,
): void {
  const { generation } = exchange;
  exchange.startWaiting();
  readBody(exchange, head, generation.loaded.config.limits, bodyWatch, (body) => {
    exchange.stopWaiting();
    const headers = upstreamHeaders(head, exchange.request, exchange.requestId, generation, ignoresIdHeader);
    new Forwarding(exchange, variant, { target, headers, body }).start();
  });
}
