import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { problemBody, type Refusal, statusOf } from "../errors.ts";
import type { Generation, Variant } from "../generation.ts";
import { addOutcomeFields } from "../outcomes/answer-fields.ts";
import type { Decision } from "./decision.ts";

/** Counted where the caller left before the end of the answer; the status is nginx's, no RFC has one. */
const CALLER_LEFT = 499;
const TRANSFER_BROKE = 502;
const SWITCHING = 101;
/** How long what follows of a refused request's body is still read. */
const UNREAD_BODY_MS = 10_000;

/** What the listener knows beside the generation. */
export interface ExchangeSurroundings {
  /** No new connections are wanted: answers say `Connection: close`. */
  draining(): boolean;
  /** Looks after exchanges until they end. */
  readonly watch: { delete(exchange: Exchange): void };
}

/**
 * One request and its answer. Whatever happens to it, it is counted exactly once, when the caller's side is over,
 * and the generation that it started with is held until then.
 */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly generation: Generation;
  /** Sent to the upstream and to the caller, and logged. */
  requestId = "";
  /** Absent for what is refused before the decision. */
  variant: Variant | undefined;
  /** Where the unit falls in the statistics; -1 for requests that are no part of the experiment. */
  analysisBucket = -1;
  /** It would be one, if its own variant had answered. */
  isFallback = false;
  setCookie: string | undefined;
  /** What the service says that it predicted (outcomes/prediction.ts), as long as its answer is the one that leaves. */
  prediction: string | undefined;
  /** Runs when nobody will read the rest of the request's body: a streamed one is drained then. */
  onBodyUnwanted: (() => void) | undefined;
  /** Works for the caller upstream, and stops when the caller's side is over. */
  upstreamCall: { abort(reason: string): void } | undefined;
  /** The code of the refusal that was the answer. */
  refusedWith: string | undefined;
  /** Counts what moved on the upstream's side. */
  progress = 0;
  /** Where the watch keeps it; -1 while it does not. */
  watchPlace = -1;
  readonly startedAt = performance.now();
  #exposed = false;
  #hasEnded = false;
  #broke = false;
  #closeConnection = false;
  #padding: NodeJS.Timeout | undefined;
  #pending: (() => void) | undefined;
  #forwardedAt = 0;
  readonly #surroundings: ExchangeSurroundings;
  #waitedMs = 0;
  #waitingSince = 0;
  /** Until the answer's head leaves; what follows is the upstream's and the caller's pace. */
  #overheadMs = -1;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    generation: Generation,
    surroundings: ExchangeSurroundings,
  ) {
    this.request = request;
    this.response = response;
    this.generation = generation;
    this.#surroundings = surroundings;
    generation.hold();
    response.on("close", () => this.#end());
  }

  assign(variant: Variant, { analysisBucket, isFallback, setCookie }: Decision): void {
    this.variant = variant;
    this.analysisBucket = analysisBucket;
    this.isFallback = isFallback;
    this.setCookie = setCookie;
  }

  /** The caller is gone, or has its whole answer: nothing more can be told to it. */
  get isOver(): boolean {
    return this.response.destroyed || this.response.writableEnded;
  }

  get isAnswered(): boolean {
    return this.response.headersSent;
  }

  get isHttp2(): boolean {
    return this.request.httpVersionMajor === 2;
  }

  /** The time until `stopWaiting` is spent on others (the caller's body, the upstream): not our overhead. */
  startWaiting(): void {
    this.#waitingSince = performance.now();
  }

  stopWaiting(): void {
    if (this.#waitingSince === 0) return;
    this.#waitedMs += performance.now() - this.#waitingSince;
    this.#waitingSince = 0;
  }

  /**
   * Calls `answer` when an answer of this request may leave: at once, unless latencies are padded (blind.pad_latency)
   * and the request was forwarded. Never, if the caller leaves before, or if another answer takes its place.
   */
  whenDue(answer: () => void, isOfUpstream: boolean): void {
    const { padding } = this.generation;
    if (padding === undefined || this.variant === undefined || this.#forwardedAt === 0 || this.isAnswered)
      return answer();
    const isWaiting = this.#pending !== undefined;
    this.#pending = answer;
    if (isWaiting) return;
    const elapsedMs = performance.now() - this.#forwardedAt;
    // What we say ourselves, at once, says nothing of how long the variant takes.
    if (isOfUpstream) padding.observe(this.variant.name, elapsedMs);
    this.startWaiting();
    this.#answerAt(this.#forwardedAt + elapsedMs + padding.waitMs(this.variant.name, elapsedMs));
  }

  /** @param dueAt on the clock of `performance.now`; node's timers count whole milliseconds, and may be early */
  #answerAt(dueAt: number): void {
    const leftMs = dueAt - performance.now();
    if (leftMs > 0) {
      this.#padding = setTimeout(() => this.#answerAt(dueAt), Math.ceil(leftMs));
      return;
    }
    this.stopWaiting();
    const due = this.#pending;
    this.#pending = undefined;
    if (!this.isOver) due?.();
  }

  /** The answer that waits, if one does, is none any more. */
  forgetAnswer(): void {
    clearTimeout(this.#padding);
    this.#pending = undefined;
  }

  /** The request is the caller's no longer: time counts from now, so that a slow upload pads nobody. */
  forwarded(): void {
    if (this.generation.padding !== undefined) this.#forwardedAt = performance.now();
  }

  /** Something moved on the upstream's side: a silence now is not the caller's. */
  progressed(): void {
    this.progress++;
    if (this.isHttp2) (this.response as ServerResponse & { progressed?(): void }).progressed?.();
  }

  /** Sends the head of an answer. `headers` are name, value, name, value …, already fit to leave. */
  startAnswer(status: number, headers: string[]): void {
    if (this.isOver) return;
    this.#overheadMs = this.#ownMs();
    if (this.analysisBucket >= 0 && this.variant !== undefined) {
      this.#exposed = true;
      this.variant.record.exposed(this.analysisBucket);
      addOutcomeFields(this, headers);
    } else if (this.isFallback) addOutcomeFields(this, headers);
    if (this.setCookie !== undefined) headers.push("set-cookie", this.setCookie);
    headers.push("x-request-id", this.requestId);
    // Asked now and not at the request's arrival: a stop may have come in between. HTTP/2 has no such field.
    if (!this.isHttp2 && (this.#closeConnection || this.#surroundings.draining()))
      headers.push("connection", "close");
    this.response.writeHead(status, STATUS_CODES[status] ?? "", headers);
  }

  /** Answers with a problem of our own. `extra` headers (an upstream's `Allow`) must be fit to leave. */
  refuse(refusal: Refusal, extra: readonly string[] = []): void {
    // An upload that nobody reads would keep its caller writing, and so from reading this answer, for ever.
    this.onBodyUnwanted?.();
    if (this.isOver || this.isAnswered || this.refusedWith !== undefined) return;
    this.refusedWith = refusal.code;
    this.prediction = undefined;
    this.generation.record.refused(refusal.code);
    // Whoever waits for a 100 may send its body or not: what comes next could be either.
    if (this.request.headers.expect !== undefined) this.#closeConnection = true;
    this.whenDue(() => {
      const body = problemBody(refusal);
      const headers = ["content-type", "application/problem+json", "content-length", String(body.length)];
      headers.push("cache-control", "no-store", ...extra);
      if (refusal.retryAfterSeconds !== undefined)
        headers.push("retry-after", String(refusal.retryAfterSeconds));
      this.startAnswer(statusOf(refusal), headers);
      this.response.end(this.request.method === "HEAD" ? undefined : body);
    }, false);
  }

  /** A refused body is read and dropped, so that its caller reads the refusal; but not for ever. */
  #limitUnreadBody(): void {
    const { request } = this;
    if (this.refusedWith === undefined || request.complete || this.isHttp2) return;
    const linger = setTimeout(() => request.socket.destroy(), UNREAD_BODY_MS);
    request.once("close", () => clearTimeout(linger));
  }

  /** Refuses a request after which nothing that follows on this connection can be trusted, or is wanted. */
  refuseAndClose(refusal: Refusal): void {
    this.#closeConnection = true;
    this.refuse(refusal);
  }

  /** The upstream broke off after the head had left: the caller must see a broken transfer, never an end. */
  breakOff(): void {
    this.#broke = true;
    const { socket, httpVersion } = this.request;
    // Without chunks (HTTP/1.0) a closed connection is the answer's regular end: only a reset says otherwise. TLS says
    // it by the missing close_notify, and cannot be reset; over a unix socket there is no way to say it.
    if (httpVersion === "1.0" && !("encrypted" in socket) && socket.remoteAddress !== undefined)
      socket.resetAndDestroy();
    this.response.destroy();
  }

  #ownMs(): number {
    this.stopWaiting();
    return Math.max(0, performance.now() - this.startedAt - this.#waitedMs);
  }

  #end(): void {
    // Of HTTP/2, a response may close twice.
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.forgetAnswer();
    this.#surroundings.watch.delete(this);
    const { generation, variant } = this;
    const record = variant?.record ?? generation.record.unassigned;
    const status = this.#finalStatus();
    const overheadMs = this.#overheadMs < 0 ? this.#ownMs() : this.#overheadMs;
    const durationMs = performance.now() - this.startedAt;
    record.ended(status, durationMs / 1000, overheadMs / 1000);
    if (this.#exposed) this.#countExposure(status, durationMs);
    generation.accessLog?.(this, status, durationMs, overheadMs);
    this.upstreamCall?.abort("the caller's side is over");
    this.#limitUnreadBody();
    generation.release();
  }

  #countExposure(status: number, durationMs: number): void {
    const record = this.variant?.record;
    if (status >= 500) record?.failed(this.analysisBucket);
    // A WebSocket is open as long as it is wanted.
    if (status !== SWITCHING && durationMs > this.generation.loaded.config.analysis.slowerThanMs)
      record?.slow(this.analysisBucket);
  }

  #finalStatus(): number {
    if (this.#broke) return TRANSFER_BROKE;
    return this.response.writableFinished ? this.response.statusCode : CALLER_LEFT;
  }
}
