import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import type { Variant } from "../generation.ts";
import type { Candidate } from "../shadow/candidate.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { Answer } from "./answer.ts";
import { openAnswer } from "./answers.ts";
import type { Exchange } from "./exchange.ts";
import { upstreamFields } from "./upstream-fields.ts";
import {
  ALL_TAKEN,
  CONFIGURATION_EXPIRED,
  deadlineOf,
  isBreak,
  isConnectFailure,
  NO_HEALTHY_UPSTREAM,
  NONE_FREED,
  refusalOf,
} from "./upstream-refusals.ts";

/** What is read and dropped of an upstream's error body before its connection is given up instead. */
const DISCARDED_BYTES = 64 * 1024;
const DISCARDED_MS = 1_000;

export interface ForwardedRequest {
  readonly target: string;
  /** Name, value, name, value …; without hop-by-hop fields and `Host`. */
  readonly headers: string[];
  readonly body: Buffer | Readable | null;
}

/** Methods whose repetition changes nothing (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/**
 * A request on its way through one variant: waits for a place, is sent to an upstream, once more if nothing can happen
 * twice, and its answer, made blind, goes to the caller. It is undici's dispatch handler for its own calls; what it
 * holds (a place, the generation) is released exactly once.
 */
export class Forwarding implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #variant: Variant;
  readonly #request: ForwardedRequest;
  #upstream: Upstream | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #aborted: string | undefined;
  #isQueued = false;
  #hasEnded = false;
  /** A byte may have reached the upstream. */
  #isSent = false;
  #isRetry = false;
  #discardedBytes = 0;
  #answer: Answer | undefined;
  /** Of a request that the shadow variant will get too. */
  #candidate: Candidate | undefined;
  #totalTimer: NodeJS.Timeout | undefined;
  #discardTimer: NodeJS.Timeout | undefined;

  constructor(exchange: Exchange, variant: Variant, request: ForwardedRequest) {
    this.#exchange = exchange;
    this.#variant = variant;
    this.#request = request;
  }

  /** Takes a place, or waits for one, and sends the request. */
  start(): void {
    const exchange = this.#exchange;
    if (exchange.generation.isExpired) return exchange.refuse(CONFIGURATION_EXPIRED);
    exchange.generation.hold();
    exchange.upstreamCall = this;
    exchange.forwarded();
    const entered = this.#variant.upstreams.admission.enter(this);
    if (entered === "entered") return this.onPlace();
    if (entered === "full") {
      this.#end();
      return exchange.refuse(ALL_TAKEN);
    }
    this.#isQueued = true;
    exchange.startWaiting();
  }

  onPlace(): void {
    this.#isQueued = false;
    this.#exchange.stopWaiting();
    const { totalTimeoutMs } = this.#exchange.generation.loaded.config.upstream;
    if (totalTimeoutMs !== undefined)
      this.#totalTimer = setTimeout(() => this.#passTotalDeadline(), totalTimeoutMs);
    this.#variant.upstreams.retries.arrived();
    this.#dispatch(undefined);
  }

  onTimeout(): void {
    this.#isQueued = false;
    this.#end();
    this.#exchange.refuse(NONE_FREED);
  }

  /** Ends what is under way, unless it has ended by itself. */
  abort(reason: string): void {
    if (this.#hasEnded) return;
    if (this.#isQueued) {
      this.#variant.upstreams.admission.forget(this);
      return this.#end();
    }
    if (this.#discards) return;
    // undici cannot abort what still waits for a connection: that is aborted when it gets one.
    this.#aborted = reason;
    this.#controller?.abort(new Error(reason));
  }

  #dispatch(except: Upstream | undefined): void {
    const upstream = this.#variant.upstreams.pick(except);
    if (upstream === undefined) {
      this.#leave();
      return this.#exchange.refuse(NO_HEALTHY_UPSTREAM);
    }
    this.#upstream = upstream;
    upstream.inFlight++;
    this.#exchange.startWaiting();
    this.#exchange.progressed();
    const { target, headers, body } = this.#request;
    upstream.dispatcher.dispatch(
      {
        path: upstream.basePath + target,
        method: (this.#exchange.request.method ?? "GET") as Dispatcher.HttpMethod,
        headers: upstreamFields(upstream, headers),
        body,
      },
      this,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted !== undefined) controller.abort(new Error(this.#aborted));
    else this.#isSent = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    // 1xx: undici calls again for the answer itself. None passes: only one of the variants may send them.
    if (status < 200) return;
    const exchange = this.#exchange;
    const upstream = this.#upstream as Upstream;
    exchange.stopWaiting();
    exchange.progressed();
    upstream.answered(status);
    const opened = openAnswer(exchange, this.#variant, upstream, status, headers, controller);
    if (!("code" in opened)) {
      this.#answer = opened;
      this.#candidate = this.#chooseShadow(status, headers);
      return;
    }
    exchange.refuse(opened, opened.headers);
    const giveUp = () => controller.abort(new Error("the service's answer is not wanted"));
    if (opened.isAbandoned) giveUp();
    else this.#discardTimer = setTimeout(giveUp, DISCARDED_MS);
  }

  /** The answer was replaced by one of ours: what the upstream still says goes nowhere. */
  get #discards(): boolean {
    return this.#answer === undefined && this.#exchange.refusedWith !== undefined;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#exchange.progress++;
    this.#candidate?.read(chunk);
    if (this.#answer !== undefined) return this.#answer.write(chunk);
    this.#discardedBytes += chunk.length;
    if (this.#discardedBytes > DISCARDED_BYTES)
      controller.abort(new Error("the error's body is too long to drop"));
  }

  onResponseEnd(): void {
    // First: what comes next on the caller's connection finds the place free.
    this.#leave();
    this.#exchange.onBodyUnwanted?.();
    this.#answer?.end();
    if (this.#exchange.refusedWith === undefined) this.#candidate?.answered();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const exchange = this.#exchange;
    exchange.stopWaiting();
    const deadline = deadlineOf(error);
    if (deadline !== undefined) this.#variant.record.deadlines[deadline].value++;
    const hasNoConnection = this.#hasNoConnection(error);
    if (hasNoConnection) this.#upstream?.failed("connect", error.message);
    this.#cancelAnswer();
    if (this.#mayRepeat(error, hasNoConnection)) return this.#repeat();
    const discards = this.#discards;
    this.#leave();
    if (discards || exchange.isOver) return;
    if (exchange.isAnswered) exchange.breakOff();
    else exchange.refuse(refusalOf(error));
  }

  /** Only where nothing can happen twice: nothing was sent, or the method is idempotent and no byte came back. */
  #mayRepeat(error: Error, hasNoConnection: boolean): boolean {
    const exchange = this.#exchange;
    const { body } = this.#request;
    if (this.#isRetry || this.#aborted !== undefined || exchange.isOver || exchange.isAnswered) return false;
    if (this.#discards || !(body === null || Buffer.isBuffer(body))) return false;
    const isSafe =
      hasNoConnection || (this.#isSent && IDEMPOTENT.has(exchange.request.method ?? "") && isBreak(error));
    return isSafe && this.#variant.upstreams.retries.take();
  }

  /** The upstream could not be reached, and nothing was sent; not so where we ended the call ourselves. */
  #hasNoConnection(error: Error): boolean {
    if (this.#isSent || this.#aborted !== undefined || this.#exchange.refusedWith !== undefined) return false;
    return isConnectFailure(error);
  }

  /** What it has not finished will not leave; a refusal that waits to leave does. */
  #cancelAnswer(): void {
    this.#answer?.cancel();
    if (this.#exchange.refusedWith === undefined) this.#exchange.forgetAnswer();
  }

  #repeat(): void {
    const failed = this.#upstream;
    this.#isRetry = true;
    this.#isSent = false;
    this.#answer = undefined;
    this.#candidate = undefined;
    this.#controller = undefined;
    if (failed !== undefined) failed.inFlight--;
    this.#upstream = undefined;
    this.#dispatch(failed);
  }

  #chooseShadow(status: number, headers: IncomingHttpHeaders): Candidate | undefined {
    const { generation, analysisBucket, request } = this.#exchange;
    return generation.shadow?.choose(
      { ...this.#request, method: request.method ?? "GET" },
      { variant: this.#variant.name, status, headers, analysisBucket },
    );
  }

  #passTotalDeadline(): void {
    const exchange = this.#exchange;
    this.#variant.record.deadlines.total.value++;
    this.#cancelAnswer();
    if (exchange.isAnswered) exchange.breakOff();
    else
      exchange.refuse({
        code: "upstream_timeout",
        detail: "The service did not finish its answer in time (upstream.total_timeout); try again later.",
      });
    this.#aborted = "the total deadline passed";
    this.#controller?.abort(new Error(this.#aborted));
  }

  /** The call of the upstream is over: its place is free. */
  #leave(): void {
    if (this.#hasEnded) return;
    if (this.#upstream !== undefined) this.#upstream.inFlight--;
    this.#variant.upstreams.admission.leave();
    this.#end();
  }

  #end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#totalTimer);
    clearTimeout(this.#discardTimer);
    // What is over lets go of what it knew: cycles that outlive their request made a quarter of all garbage survive.
    this.#exchange.upstreamCall = undefined;
    this.#controller = undefined;
    this.#exchange.generation.release();
  }
}
