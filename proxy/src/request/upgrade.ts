import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Generation, Variant } from "../generation.ts";
import { decide } from "./decision.ts";
import { Exchange, type ExchangeSurroundings } from "./exchange.ts";
import { upstreamHeaders } from "./forwarded-headers.ts";
import { readRequestHead } from "./headers.ts";
import { askRateLimit } from "./rate-gate.ts";
import { chooseRequestId } from "./request-id.ts";
import { originForm, refuseTarget } from "./target.ts";
import { UpgradeResponse } from "./upgrade-response.ts";
import { WebSocketForwarding } from "./websocket.ts";

export interface UpgradeSource extends ExchangeSurroundings {
  /** The generation that a request arriving now belongs to. */
  current(): Generation;
  newRequestId(): string;
}

export interface Upgrades {
  /** Serves a WebSocket request; the same steps as for plain ones (pipeline.ts). */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends what was opened, or is being opened, under a generation whose time is up. */
  end(generation: Generation): void;
}

export function createUpgrades(source: UpgradeSource): Upgrades {
  const sockets = new Map<Generation, Set<Duplex>>();

  function track(generation: Generation, socket: Duplex): void {
    const those = sockets.get(generation) ?? new Set();
    sockets.set(generation, those.add(socket));
    socket.once("close", () => {
      those.delete(socket);
      if (those.size === 0) sockets.delete(generation);
    });
  }

  function handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const generation = source.current();
    track(generation, socket);
    const response = new UpgradeResponse(request, socket);
    const exchange = new Exchange(request, response, generation, source);
    const fields = readRequestHead(request.rawHeaders, generation.headRules, request.httpVersion);
    exchange.requestId = chooseRequestId(fields.requestIds, source.newRequestId);

    if (fields.doubt !== undefined)
      return exchange.refuseAndClose({ code: "ambiguous_request", detail: fields.doubt });
    const target = originForm(request.url ?? "/");
    const refusal = refuseTarget(request.method, target, generation.judgePath);
    if (refusal !== undefined) return exchange.refuse(refusal);

    const remoteAddress = request.socket.remoteAddress ?? "";
    const decision = decide(generation, fields, request.method, remoteAddress);
    if ("code" in decision) return exchange.refuse(decision);
    const variant = generation.variants[decision.variant] as Variant;
    exchange.variant = variant;
    exchange.analysisBucket = decision.analysisBucket;
    exchange.setCookie = decision.setCookie;

    const go = () => {
      if (exchange.isOver) return;
      const headers = upstreamHeaders(
        fields,
        request,
        exchange.requestId,
        generation,
        decision.ignoresIdHeader,
      );
      new WebSocketForwarding(exchange, response, variant, { target, headers, caller: socket, head }).start();
    };
    const asked = askRateLimit(generation, decision, remoteAddress, fields.forwardedFor);
    if (asked === undefined) return go();
    void asked.then((refusal) => (refusal === undefined ? go() : exchange.refuse(refusal)));
  }

  return {
    handle,
    end(generation) {
      for (const socket of sockets.get(generation) ?? []) socket.destroy();
    },
  };
}
