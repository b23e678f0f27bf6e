import { IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
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
  const distrusted = new WeakSet<Socket>();
  return function handle(request: IncomingMessage, response: ServerResponse): void {
    // The parser hands over what follows a doubtful request before the connection is closed.
    if (distrusted.has(request.socket)) return;
    const generation = source.current();
    const exchange = new Exchange(request, response, generation, source);
    const head = readRequestHead(request.rawHeaders, generation.headRules, request.httpVersion);
    exchange.requestId = chooseRequestId(head.requestIds, source.newRequestId);

    const doubt = findVersionDoubt(request) ?? head.doubt ?? findFramingDoubt(head, request.httpVersion);
    if (doubt !== undefined) {
      if (request instanceof IncomingMessage) distrusted.add(request.socket);
      return exchange.refuseAndClose({ code: "ambiguous_request", detail: doubt });
    }
    if (request.rawHeaders.length > 2 * FIELDS_LIMIT)
      return exchange.refuseAndClose({
        code: "headers_too_large",
        detail: `The request has ${request.rawHeaders.length / 2} fields, the limit is ${FIELDS_LIMIT}; send fewer.`,
      });
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
    void asked.then((refusal) => {
      if (refusal !== undefined) exchange.refuse(refusal);
      else if (!exchange.isOver) go();
    });
  };
}

/** Node's limit of 32 KiB counts no separators: short fields would come in tens of thousands. */
const FIELDS_LIMIT = 1000;

/** Node's parser for HTTP/1 also takes 0.9, and 2.0 without its frames; HTTP/2's own requests are of another class. */
function findVersionDoubt(request: IncomingMessage): string | undefined {
  const { httpVersion } = request;
  if (httpVersion === "1.1" || httpVersion === "1.0" || !(request instanceof IncomingMessage))
    return undefined;
  return `The request says HTTP/${httpVersion}, which is not spoken on this connection; send HTTP/1.1.`;
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
