import { type Answer, type AnswerHead, sendWhole } from "./answer.ts";
import type { Exchange } from "./exchange.ts";

/** A body whose fields are filtered must be read whole. */
const FILTERED_BYTES = 1024 * 1024;

/** Only what the filter lets through leaves; a body that it cannot read, or that is too long, does not leave at all. */
export class FilteredAnswer implements Answer {
  readonly #exchange: Exchange;
  readonly #head: AnswerHead;
  readonly #filter: (body: Buffer) => Buffer | undefined;
  #held: Buffer[] = [];
  #bytes = 0;

  constructor(exchange: Exchange, head: AnswerHead, filter: (body: Buffer) => Buffer | undefined) {
    this.#exchange = exchange;
    this.#head = head;
    this.#filter = filter;
  }

  write(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= FILTERED_BYTES) this.#held.push(chunk);
    else this.#held = [];
  }

  end(): void {
    const body = this.#bytes > FILTERED_BYTES ? undefined : this.#filter(Buffer.concat(this.#held));
    if (body !== undefined) return sendWhole(this.#exchange, this.#head, body);
    this.#exchange.refuse({
      code: "answer_not_blind",
      detail: `The service's answer is no JSON of at most ${FILTERED_BYTES} bytes, of which only listed fields may leave (blind.body).`,
    });
  }
}
