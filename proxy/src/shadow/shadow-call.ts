import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { SHADOW_HEADER } from "../config/http-names.ts";
import type { Prediction } from "../outcomes/prediction.ts";
import { withoutFields } from "../request/headers.ts";
import { upstreamFields } from "../request/upstream-fields.ts";
import type { Upstream } from "../upstream/upstream.ts";
import { AnswerReader } from "./answer-reader.ts";
import type { ShadowedRequest } from "./candidate.ts";

/** What is read of an answer before its connection is given up instead. */
const LIMIT_BYTES = 64 * 1024;
/** Nobody undoes a content coding here. */
const UNWANTED = new Set(["accept-encoding"]);

export interface ShadowEnd {
  readonly isAnswered: boolean;
  /** What it predicted; undefined where it says no single prediction. */
  readonly prediction: Prediction | undefined;
}

/**
 * One request to the shadow variant. No retry, and whatever becomes of it says nothing about the upstream's health:
 * nobody waits for it. It is undici's dispatch handler; `onEnd` is called exactly once.
 */
export class ShadowCall implements Dispatcher.DispatchHandler {
  readonly #upstream: Upstream;
  readonly #onEnd: (end: ShadowEnd) => void;
  readonly #deadline: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #reader: AnswerReader | undefined;
  #bytes = 0;
  #isSuccess = false;
  #hasEnded = false;

  constructor(upstream: Upstream, deadlineMs: number, onEnd: (end: ShadowEnd) => void) {
    this.#upstream = upstream;
    this.#onEnd = onEnd;
    this.#deadline = setTimeout(() => this.abort("the shadow's deadline passed"), deadlineMs);
  }

  send({ method, target, headers, body }: ShadowedRequest): void {
    const upstream = this.#upstream;
    upstream.inFlight++;
    const own = upstreamFields(upstream, withoutFields(headers, UNWANTED));
    upstream.dispatcher.dispatch(
      {
        path: upstream.basePath + target,
        method: method as Dispatcher.HttpMethod,
        headers: [...own, SHADOW_HEADER, "1"],
        body,
      },
      this,
    );
  }

  /** Ends it, unless it has ended. */
  abort(reason: string): void {
    this.#end(FAILED);
    // undici cannot abort what still waits for a connection: that is aborted when it gets one.
    this.#controller?.abort(new Error(reason));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#hasEnded) controller.abort(new Error("the shadow was given up"));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    this.#isSuccess = status < 300;
    this.#reader = new AnswerReader(headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#reader?.read(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes <= LIMIT_BYTES) return;
    this.#finish();
    controller.abort(new Error("the shadow's answer is too long to read on"));
  }

  onResponseEnd(): void {
    this.#finish();
  }

  onResponseError(): void {
    this.#end(FAILED);
  }

  #finish(): void {
    this.#end(this.#isSuccess ? { isAnswered: true, prediction: this.#reader?.prediction() } : FAILED);
  }

  #end(end: ShadowEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#deadline);
    this.#upstream.inFlight--;
    this.#reader = undefined;
    this.#onEnd(end);
  }
}

const FAILED: ShadowEnd = { isAnswered: false, prediction: undefined };
