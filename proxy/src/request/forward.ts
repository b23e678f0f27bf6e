import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import type { Refusal } from "../errors.ts";
import type { AssignedRecord } from "../metrics/record.ts";
import type { Upstream } from "../upstream/pools.ts";
import type { Exchange } from "./exchange.ts";

/** What is read and dropped of an upstream's error body before its connection is given up instead. */
const DISCARDED_BYTES = 64 * 1024;

export interface ForwardedRequest {
  readonly target: string;
  /** Name, value, name, value …; without hop-by-hop fields. */
  readonly headers: string[];
  readonly body: Buffer | Readable | null;
}

/** Sends a request to an upstream and its answer, made blind, to the caller. */
export function forward(
  exchange: Exchange,
  upstream: Upstream,
  record: AssignedRecord,
  request: ForwardedRequest,
): void {
  const call = new UpstreamCall(exchange, upstream, record);
  exchange.onEnd = () => call.abort(new Error("the caller's side is over"));
  exchange.startWaiting();
  upstream.pool.dispatch(
    {
      path: upstream.basePath + request.target,
      method: (exchange.request.method ?? "GET") as Dispatcher.HttpMethod,
      headers: request.headers,
      body: request.body,
    },
    call,
  );
}

/** One call of an upstream, as undici's dispatch handler. Its end releases what it holds, exactly once. */
class UpstreamCall implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #upstream: Upstream;
  readonly #record: AssignedRecord;
  #controller: Dispatcher.DispatchController | undefined;
  #aborted: Error | undefined;
  #discarding = false;
  #discardedBytes = 0;
  #answered = false;
  #bodyStarted = false;
  #waitsForDrain = false;

  constructor(exchange: Exchange, upstream: Upstream, record: AssignedRecord) {
    this.#exchange = exchange;
    this.#upstream = upstream;
    this.#record = record;
    upstream.inFlight++;
    record.inFlight.value++;
    exchange.generation.hold();
  }

  /**
   * Ends the call unless it has ended by itself. undici cannot abort what still waits for a connection: that is
   * aborted when it gets one.
   */
  abort(reason: Error): void {
    if (this.#discarding) return;
    this.#aborted = reason;
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted !== undefined) controller.abort(this.#aborted);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    // 1xx: undici calls again for the answer itself.
    if (status < 200) return;
    const exchange = this.#exchange;
    exchange.stopWaiting();
    this.#answered = true;
    const { blinder, clientErrors } = exchange.generation;
    if (status >= 500 || (status >= 400 && clientErrors === "replace")) {
      this.#discarding = true;
      exchange.refuse(
        {
          code: "upstream_error",
          status,
          detail: `The service could not answer this request (status ${status}).`,
        },
        blinder.errorHeaders(headers),
      );
      return;
    }
    if (!isFramed(status, headers, exchange.request.method)) this.#record.unframed.value++;
    exchange.startAnswer(status, blinder.headers(headers, this.#upstream));
    // What follows at once travels with the head; an event stream that has nothing to say yet shows its head.
    queueMicrotask(() => {
      if (!this.#bodyStarted && !exchange.isOver) exchange.response.flushHeaders();
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#discarding) {
      this.#discardedBytes += chunk.length;
      if (this.#discardedBytes > DISCARDED_BYTES)
        controller.abort(new Error("the error's body is too long to drop"));
      return;
    }
    const { response } = this.#exchange;
    this.#bodyStarted = true;
    // The close event that aborts this call comes a moment after the connection broke.
    if (this.#exchange.isOver) return;
    if (response.write(chunk) || this.#waitsForDrain) return;
    this.#waitsForDrain = true;
    controller.pause();
    response.once("drain", () => {
      this.#waitsForDrain = false;
      controller.resume();
    });
  }

  onResponseEnd(): void {
    this.#bodyStarted = true;
    if (!this.#exchange.isOver) this.#exchange.response.end();
    this.#exchange.onBodyUnwanted?.();
    this.#release();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#release();
    this.#countDeadline(error);
    const exchange = this.#exchange;
    exchange.stopWaiting();
    if (this.#discarding || exchange.isOver) return;
    if (this.#answered) exchange.breakOff();
    else exchange.refuse(refusalOf(error));
  }

  #release(): void {
    this.#upstream.inFlight--;
    this.#record.inFlight.value--;
    this.#exchange.generation.release();
  }

  #countDeadline(error: Error): void {
    const { deadlines } = this.#record;
    const code = codeOf(error);
    if (code === "UND_ERR_CONNECT_TIMEOUT") deadlines.connect.value++;
    else if (code === "UND_ERR_HEADERS_TIMEOUT") deadlines.first_byte.value++;
    else if (code === "UND_ERR_BODY_TIMEOUT") deadlines.idle.value++;
  }
}

/** Whether the answer's end can be told from a connection that broke. */
function isFramed(status: number, headers: IncomingHttpHeaders, method: string | undefined): boolean {
  if (headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined) return true;
  return status === 204 || status === 304 || method === "HEAD";
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}

/** What the caller is told when an upstream gave no answer. Never the upstream's name or address. */
function refusalOf(error: Error): Refusal {
  switch (codeOf(error)) {
    case "UND_ERR_CONNECT_TIMEOUT":
    case "UND_ERR_HEADERS_TIMEOUT":
      return { code: "upstream_timeout", detail: "The service did not answer in time; try again later." };
    case "ECONNREFUSED":
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return { code: "upstream_unreachable", detail: "The service cannot be reached; try again later." };
    default:
      return { code: "upstream_broken", detail: "The service broke off before it answered; try again." };
  }
}
