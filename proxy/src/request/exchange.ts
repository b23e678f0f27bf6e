import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { problemBody, type Refusal, statusOf } from "../errors.ts";
import type { Generation } from "../generation.ts";
import type { AssignedRecord } from "../metrics/record.ts";

/** Counted where the caller left before the end of the answer; the status is nginx's, no RFC has one. */
const CALLER_LEFT = 499;
const TRANSFER_BROKE = 502;

/** The variant that a request was assigned to, and where its unit falls in the statistics. */
export interface Assigned {
  readonly record: AssignedRecord;
  readonly analysisBucket: number;
}

/**
 * One request and its answer. Whatever happens to it, it is counted exactly once, when the caller's side is over,
 * and the generation that it started with is held until then.
 */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly generation: Generation;
  /** Absent for what is refused before the decision and for CORS preflights. */
  assigned: Assigned | undefined;
  setCookie: string | undefined;
  /** Runs when nobody will read the rest of the request's body: a streamed one is drained then. */
  onBodyUnwanted: (() => void) | undefined;
  /** Runs once, when the caller's side is over: what still works for it upstream can stop. */
  onEnd: (() => void) | undefined;
  #exposed = false;
  #broke = false;
  #closeConnection = false;
  readonly #isDraining: () => boolean;
  readonly #startedAt = performance.now();
  #waitedMs = 0;
  #waitingSince = 0;
  /** Until the answer's head leaves; what follows is the upstream's and the caller's pace. */
  #overheadMs: number | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    generation: Generation,
    isDraining: () => boolean,
  ) {
    this.request = request;
    this.response = response;
    this.generation = generation;
    this.#isDraining = isDraining;
    generation.hold();
    response.once("close", () => this.#end());
  }

  /** The caller is gone, or has its whole answer: nothing more can be told to it. */
  get isOver(): boolean {
    return this.response.destroyed || this.response.writableEnded;
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

  /** Sends the head of an answer. `headers` are name, value, name, value …, already fit to leave. */
  startAnswer(status: number, headers: string[]): void {
    if (this.isOver) return;
    this.#overheadMs = this.#ownMs();
    if (this.assigned !== undefined) {
      this.#exposed = true;
      this.assigned.record.exposed(this.assigned.analysisBucket);
    }
    if (this.setCookie !== undefined) headers.push("set-cookie", this.setCookie);
    // Asked now and not at the request's arrival: a stop may have come in between.
    if (this.#closeConnection || this.#isDraining()) headers.push("connection", "close");
    this.response.writeHead(status, STATUS_CODES[status] ?? "", headers);
  }

  /** Answers with a problem of our own. `extra` headers (an upstream's `Retry-After`) must be fit to leave. */
  refuse(refusal: Refusal, extra: readonly string[] = []): void {
    // An upload that nobody reads would keep its caller writing, and so from reading this answer, for ever.
    this.onBodyUnwanted?.();
    if (this.isOver) return;
    this.generation.record.refused(refusal.code);
    const body = problemBody(refusal);
    const headers = ["content-type", "application/problem+json", "content-length", String(body.length)];
    headers.push("cache-control", "no-store", ...extra);
    if (refusal.retryAfterSeconds !== undefined)
      headers.push("retry-after", String(refusal.retryAfterSeconds));
    this.startAnswer(statusOf(refusal), headers);
    this.response.end(this.request.method === "HEAD" ? undefined : body);
  }

  /** Refuses a request that may be two: nothing that follows on this connection can be trusted. */
  refuseAndClose(refusal: Refusal): void {
    this.#closeConnection = true;
    this.refuse(refusal);
  }

  /** The upstream broke off after the head had left: the caller must see a broken transfer, never an end. */
  breakOff(): void {
    this.#broke = true;
    // Without chunks (HTTP/1.0) a closed connection is the answer's regular end: only a reset says otherwise.
    if (this.request.httpVersion === "1.0") this.request.socket.resetAndDestroy();
    this.response.destroy();
  }

  #ownMs(): number {
    this.stopWaiting();
    return Math.max(0, performance.now() - this.#startedAt - this.#waitedMs);
  }

  #end(): void {
    const record = this.assigned?.record ?? this.generation.record.unassigned;
    const status = this.#finalStatus();
    const overheadMs = this.#overheadMs ?? this.#ownMs();
    record.ended(status, (performance.now() - this.#startedAt) / 1000, overheadMs / 1000);
    if (this.#exposed && status >= 500 && this.assigned !== undefined)
      this.assigned.record.failed(this.assigned.analysisBucket);
    this.onEnd?.();
    this.generation.release();
  }

  #finalStatus(): number {
    if (this.#broke) return TRANSFER_BROKE;
    return this.response.writableFinished ? this.response.statusCode : CALLER_LEFT;
  }
}
