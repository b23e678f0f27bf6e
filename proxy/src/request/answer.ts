import type { Exchange } from "./exchange.ts";

/** Where the body of an upstream's answer goes on its way to the caller. */
export interface Answer {
  write(chunk: Buffer): void;
  end(): void;
  /** The upstream will not finish it: whatever has not left, does not leave. */
  cancel(): void;
}

/** What an answer asks of its source: calls of `pause` and `resume` alternate. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** The upstream's call as a source. */
export interface Source extends Flow {
  abort(reason: Error): void;
}

/** Status and headers of an answer, fit to leave. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: string[];
}

/** The body passes as it comes. */
export class StreamedAnswer implements Answer {
  readonly #exchange: Exchange;
  readonly #flow: Flow;
  #hasBody = false;
  #isPaused = false;

  constructor(exchange: Exchange, head: AnswerHead, flow: Flow) {
    this.#exchange = exchange;
    this.#flow = flow;
    exchange.startAnswer(head.status, head.headers);
    // What follows at once travels with the head; an event stream that has nothing to say yet shows its head.
    queueMicrotask(() => {
      if (!this.#hasBody && !exchange.isOver) exchange.response.flushHeaders();
    });
  }

  write(chunk: Buffer): void {
    this.#hasBody = true;
    const { response, isOver } = this.#exchange;
    // The close event that aborts the upstream's call comes a moment after the connection broke.
    if (isOver || response.write(chunk) || this.#isPaused) return;
    this.#isPaused = true;
    this.#flow.pause();
    response.once("drain", () => {
      this.#isPaused = false;
      this.#flow.resume();
    });
  }

  end(): void {
    this.#hasBody = true;
    if (!this.#exchange.isOver) this.#exchange.response.end();
  }

  cancel(): void {
    // It has begun to leave: the exchange breaks it off.
  }
}

/** Answers that have no body by their nature: HEAD, 204, 304. */
export class BodilessAnswer implements Answer {
  readonly #exchange: Exchange;
  readonly #head: AnswerHead;

  constructor(exchange: Exchange, head: AnswerHead) {
    this.#exchange = exchange;
    this.#head = head;
  }

  write(): void {
    // What an upstream sends against the rules goes nowhere.
  }

  end(): void {
    this.#exchange.whenDue(() => {
      this.#exchange.startAnswer(this.#head.status, this.#head.headers);
      if (!this.#exchange.isOver) this.#exchange.response.end();
    }, true);
  }

  cancel(): void {
    // It leaves when it ends, or never.
  }
}

const JOINED_BYTES = 2048;

/** Sends an answer whose body is whole. */
export function sendWhole(exchange: Exchange, head: AnswerHead, body: Buffer): void {
  if (exchange.generation.padding === undefined) send(exchange, head, body);
  else exchange.whenDue(() => send(exchange, head, body), true);
}

function send(exchange: Exchange, { status, headers }: AnswerHead, body: Buffer): void {
  if (exchange.isOver) return;
  headers.push("content-length", String(body.length));
  exchange.startAnswer(status, headers);
  // As text, a short body joins the head in one piece: a buffer beside it cost 12 % of all CPU.
  if (body.length <= JOINED_BYTES && !exchange.isHttp2)
    exchange.response.end(body.toString("latin1"), "latin1");
  else exchange.response.end(body);
}
