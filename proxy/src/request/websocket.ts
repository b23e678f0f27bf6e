import type { ClientRequest, IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { Refusal } from "../errors.ts";
import type { Variant } from "../generation.ts";
import { destroyAfter } from "../listen/raw-answer.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { Exchange } from "./exchange.ts";
import type { UpgradeResponse } from "./upgrade-response.ts";
import {
  ALL_TAKEN,
  CONFIGURATION_EXPIRED,
  deadlineOf,
  NO_HEALTHY_UPSTREAM,
  NONE_FREED,
  refusalOf,
  upstreamError,
} from "./upstream-refusals.ts";
import { type CallListener, callWebSocket, type WebSocketRequest } from "./websocket-call.ts";
import { answerHandshake } from "./websocket-handshake.ts";

/** When one side has ended, what is on its way to the other may still leave. */
const CLOSE_LINGER_MS = 10_000;
/** Idle WebSockets are not cut; a peer that vanished is noticed by TCP. */
const TCP_KEEP_ALIVE_MS = 60_000;

/**
 * A WebSocket on its way through one variant: waits for a place, is asked for at an upstream, once more if nothing was
 * sent, and is joined with the caller's connection. The place is held until it closes.
 */
export class WebSocketForwarding implements CallListener {
  readonly #exchange: Exchange;
  readonly #response: UpgradeResponse;
  readonly #variant: Variant;
  #request: WebSocketRequest;
  #upstream: Upstream | undefined;
  #call: ClientRequest | undefined;
  #upstreamSocket: Socket | undefined;
  #isQueued = false;
  #isConnected = false;
  #isRetry = false;
  #isOpen = false;
  #hasLeft = false;

  /** @param response the exchange's */
  constructor(exchange: Exchange, response: UpgradeResponse, variant: Variant, request: WebSocketRequest) {
    this.#exchange = exchange;
    this.#response = response;
    this.#variant = variant;
    this.#request = request;
  }

  /** Takes a place, or waits for one, and asks for the WebSocket. */
  start(): void {
    const exchange = this.#exchange;
    if (exchange.generation.isExpired) {
      this.#hasLeft = true;
      return exchange.refuse(CONFIGURATION_EXPIRED);
    }
    exchange.upstreamCall = { abort: () => this.#end() };
    exchange.forwarded();
    const entered = this.#variant.upstreams.admission.enter(this);
    if (entered === "entered") return this.onPlace();
    if (entered === "full") {
      this.#hasLeft = true;
      return exchange.refuse(ALL_TAKEN);
    }
    this.#isQueued = true;
    exchange.startWaiting();
  }

  onPlace(): void {
    this.#isQueued = false;
    this.#exchange.stopWaiting();
    this.#variant.upstreams.retries.arrived();
    this.#ask(undefined);
  }

  onTimeout(): void {
    this.#isQueued = false;
    this.#hasLeft = true;
    this.#exchange.refuse(NONE_FREED);
  }

  #ask(except: Upstream | undefined): void {
    const exchange = this.#exchange;
    const upstream = this.#variant.upstreams.pick(except);
    if (upstream === undefined) {
      this.#leave();
      return exchange.refuse(NO_HEALTHY_UPSTREAM);
    }
    this.#upstream = upstream;
    upstream.inFlight++;
    exchange.startWaiting();
    this.#call = callWebSocket(upstream, this.#request, exchange.generation.loaded.config.upstream, this);
  }

  onConnected(): void {
    this.#isConnected = true;
  }

  onFailed(error: Error): void {
    const exchange = this.#exchange;
    if (this.#hasLeft || this.#upstreamSocket !== undefined) return;
    exchange.stopWaiting();
    const deadline = deadlineOf(error);
    if (deadline !== undefined) this.#variant.record.deadlines[deadline].value++;
    if (!this.#isConnected) this.#upstream?.failed("connect");
    // Only what never left is sent again: whoever opens a WebSocket may change something by it.
    if (!this.#isConnected && !this.#isRetry && this.#variant.upstreams.retries.take()) return this.#repeat();
    this.#leave();
    exchange.refuse(refusalOf(error));
  }

  #repeat(): void {
    const failed = this.#upstream;
    this.#isRetry = true;
    if (failed !== undefined) failed.inFlight--;
    this.#upstream = undefined;
    // The first call has put it back into the caller's socket.
    this.#request = { ...this.#request, head: Buffer.alloc(0) };
    this.#ask(failed);
  }

  /** A status that is an error is kept, the upstream's words never are. */
  onRefused(status: number, headers: IncomingHttpHeaders): void {
    const exchange = this.#exchange;
    exchange.stopWaiting();
    this.#upstream?.answered(status);
    this.#leave();
    const shown = status >= 400 && status <= 599 ? status : 502;
    exchange.refuse(
      upstreamError(shown, `The service did not open a WebSocket (status ${shown}).`),
      exchange.generation.blinder.errorHeaders(headers),
    );
  }

  onAgreed(headers: IncomingHttpHeaders, socket: Socket, join: (fields: IncomingHttpHeaders) => void): void {
    const exchange = this.#exchange;
    exchange.stopWaiting();
    this.#upstream?.succeeded();
    this.#upstreamSocket = socket;
    const fields = answerHandshake(exchange.request.headers, headers);
    if (fields === undefined) {
      socket.destroy();
      this.#leave();
      return exchange.refuse({
        code: "upstream_broken",
        detail: "The service did not agree to the WebSocket that was asked for; try again.",
      });
    }
    exchange.whenDue(() => {
      if (socket.destroyed) return exchange.refuse(BROKE_OFF);
      exchange.startAnswer(101, fields);
      const { switching } = this.#response;
      if (switching === undefined) return void this.#response.caller.destroy();
      this.#open(socket, () => join(switchingFields(switching)));
    }, true);
  }

  #open(upstreamSocket: Socket, join: () => void): void {
    const caller = this.#response.caller as Socket;
    this.#isOpen = true;
    this.#variant.record.websocketsOpen.value++;
    this.#response.release();
    join();
    for (const socket of [caller, upstreamSocket]) socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    upstreamSocket.once("close", () => {
      // Nobody takes what the caller still sends; read, so that its end is seen.
      caller.resume();
      destroyAfter(caller, CLOSE_LINGER_MS);
    });
    caller.once("end", () => destroyAfter(upstreamSocket, CLOSE_LINGER_MS));
  }

  /** The caller's side is over. */
  #end(): void {
    if (this.#isOpen) this.#variant.record.websocketsOpen.value--;
    if (this.#isQueued) {
      this.#variant.upstreams.admission.forget(this);
      this.#hasLeft = true;
    }
    this.#leave();
    this.#call?.destroy();
    this.#upstreamSocket?.destroy();
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    if (this.#upstream !== undefined) this.#upstream.inFlight--;
    this.#variant.upstreams.admission.leave();
  }
}

/** In the order in which they leave. The first of a name counts: a draining proxy adds `Connection: close`. */
function switchingFields(pairs: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let index = 0; index < pairs.length; index += 2)
    fields[pairs[index] as string] ??= pairs[index + 1] as string;
  return fields;
}

const BROKE_OFF: Refusal = {
  code: "upstream_broken",
  detail: "The service broke off before it answered; try again.",
};
