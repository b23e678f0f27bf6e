import { type Answer, type AnswerHead, type Flow, StreamedAnswer, sendWhole } from "./answer.ts";
import type { Exchange } from "./exchange.ts";

/** JSON is held until it is whole or this long, so that its framing says nothing of how the upstream sent it. */
const FRAME_BYTES = 64 * 1024;

/**
 * The body leaves with its length if it is short, else in chunks of one size: the same for every upstream that says the
 * same. A short one that breaks off was never begun, so that the caller gets an honest error.
 */
export class FramedAnswer implements Answer {
  readonly #exchange: Exchange;
  readonly #head: AnswerHead;
  readonly #flow: Flow;
  /** Most bodies come in one piece. */
  #first: Buffer | undefined;
  #more: Buffer[] | undefined;
  #heldBytes = 0;
  #isTooLong = false;
  #hasEnded = false;
  #isCancelled = false;
  #stream: StreamedAnswer | undefined;

  constructor(exchange: Exchange, head: AnswerHead, flow: Flow) {
    this.#exchange = exchange;
    this.#head = head;
    this.#flow = flow;
  }

  write(chunk: Buffer): void {
    if (this.#isCancelled) return;
    this.#heldBytes += chunk.length;
    if (this.#first === undefined) this.#first = chunk;
    else if (this.#more === undefined) this.#more = [this.#first, chunk];
    else this.#more.push(chunk);
    if (this.#heldBytes <= FRAME_BYTES) return;
    if (this.#stream !== undefined) this.#writeFrames(this.#stream);
    else if (!this.#isTooLong) this.#begin();
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#take();
  }

  end(): void {
    if (this.#isCancelled) return;
    if (!this.#isTooLong) return sendWhole(this.#exchange, this.#head, this.#take());
    this.#hasEnded = true;
    if (this.#stream !== undefined) this.#finish(this.#stream);
  }

  /** Too long to be held: from now on frame by frame, once the answer may leave. */
  #begin(): void {
    this.#isTooLong = true;
    this.#flow.pause();
    this.#exchange.whenDue(() => {
      this.#stream = new StreamedAnswer(this.#exchange, this.#head, this.#flow);
      this.#flow.resume();
      this.#writeFrames(this.#stream);
      if (this.#hasEnded) this.#finish(this.#stream);
    }, true);
  }

  #finish(stream: StreamedAnswer): void {
    const rest = this.#take();
    if (rest.length > 0) stream.write(rest);
    stream.end();
  }

  #writeFrames(stream: StreamedAnswer): void {
    const held = this.#take();
    let start = 0;
    for (; held.length - start >= FRAME_BYTES; start += FRAME_BYTES)
      stream.write(held.subarray(start, start + FRAME_BYTES));
    if (start === held.length) return;
    this.#first = held.subarray(start);
    this.#heldBytes = this.#first.length;
  }

  #take(): Buffer {
    const held = this.#more === undefined ? (this.#first ?? NOTHING) : Buffer.concat(this.#more);
    this.#first = undefined;
    this.#more = undefined;
    this.#heldBytes = 0;
    return held;
  }
}

const NOTHING = Buffer.alloc(0);
