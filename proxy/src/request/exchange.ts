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
  /** Runs once if the caller leaves before the answer's end. */
  onCallerLeft: (() => void) | undefined;
  #status = 0;
  #exposed = false;
  #closeConnection: boolean;
  readonly #startedAt = performance.now();
  #waitedMs = 0;
  #waitingSince = 0;

  constructor(request: IncomingMessage, response: ServerResponse, generation: Generation, draining: boolean) {
    this.request = request;
    this.response = response;
    this.generation = generation;
    this.#closeConnection = draining;
    generation.hold();
    response.once("close", () => this.#end());
  }

  /** The caller is gone: nothing more can be told to it. */
  get callerLeft(): boolean {
    return this.response.destroyed;
  }

  /** Time until `resume` is spent waiting for others (the caller's body, the upstream), not our overhead. */
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
    if (this.callerLeft) return;
    this.#status = status;
    this.#expose();
    if (this.setCookie !== undefined) headers.push("set-cookie", this.setCookie);
    if (this.#closeConnection) headers.push("connection", "close");
    this.response.writeHead(status, STATUS_CODES[status] ?? "", headers);
  }

  /** Answers with a problem of our own. `extra` headers (an upstream's `Retry-After`) must be fit to leave. */
  refuse(refusal: Refusal, extra: readonly string[] = []): void {
    this.generation.record.refused(refusal.code);
    const body = problemBody(refusal);
    const headers = ["content-type", "application/problem+json", "content-length", String(body.length)];
    headers.push("cache-control", "no-store", ...extra);
    if (refusal.retryAfterSeconds !== undefined)
      headers.push("retry-after", String(refusal.retryAfterSeconds));
    this.startAnswer(statusOf(refusal), headers);
    if (!this.callerLeft) this.response.end(this.request.method === "HEAD" ? undefined : body);
  }

  /** Refuses a request that may be two: nothing that follows on this connection can be trusted. */
  refuseAndClose(refusal: Refusal): void {
    this.#closeConnection = true;
    this.refuse(refusal);
  }

  /** The upstream broke off after the head had left: the caller must see a broken transfer, never an end. */
  breakOff(): void {
    this.#status = TRANSFER_BROKE;
    this.response.destroy();
  }

  #expose(): void {
    if (this.assigned === undefined) return;
    this.#exposed = true;
    this.assigned.record.exposed(this.assigned.analysisBucket);
  }

  #end(): void {
    this.stopWaiting();
    const broke = this.#status === TRANSFER_BROKE && !this.response.writableFinished;
    const left = !this.response.writableFinished && !broke;
    if (left) {
      this.#status = CALLER_LEFT;
      this.onCallerLeft?.();
    }
    const durationMs = performance.now() - this.#startedAt;
    const record = this.assigned?.record ?? this.generation.record.unassigned;
    record.ended(this.#status, durationMs / 1000, Math.max(0, durationMs - this.#waitedMs) / 1000);
    if (this.#exposed && this.#status >= 500 && this.assigned !== undefined)
      this.assigned.record.failed(this.assigned.analysisBucket);
    this.generation.release();
  }
}
