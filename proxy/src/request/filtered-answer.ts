import { type Answer, type AnswerHead, sendWhole } from "./answer.ts";
import type { Exchange } from "./exchange.ts";

/** A body whose fields are filtered must be read whole. */
const FILTERED_BYTES = 1024 * 1024;

/** Only what the filter lets through leaves; a body that it cannot read, or that is too long, does not leave at all. */
export class FilteredAnswer implements Answer {
  readonly #exchange: Exchange;
  readonly #head: AnswerHead;
  readonly #filter: (body: Buffer) => Buffer | undefined;
  readonly #giveUp: () => void;
  #held: Buffer[] = [];
  #bytes = 0;

  /** @param giveUp ends the upstream's call */
  constructor(
    exchange: Exchange,
    head: AnswerHead,
    filter: (body: Buffer) => Buffer | undefined,
    giveUp: () => void,
  ) {
    this.#giveUp = giveUp;
    this.#exchange = exchange;
    this.#head = head;
    this.#filter = filter;
  }

  write(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= FILTERED_BYTES) return void this.#held.push(chunk);
    this.cancel();
    this.#refuse();
    this.#giveUp();
  }

  cancel(): void {
    this.#held = [];
  }

  end(): void {
    if (this.#bytes > FILTERED_BYTES) return;
    // Nothing says nothing: a redirect or an empty answer has no fields to filter.
    const body = this.#bytes === 0 ? Buffer.alloc(0) : this.#filter(Buffer.concat(this.#held));
    if (body !== undefined) sendWhole(this.#exchange, this.#head, body);
    else this.#refuse();
  }

  #refuse(): void {
    this.#exchange.refuse({
      code: "answer_not_blind",
      detail: `The service's answer is no JSON of at most ${FILTERED_BYTES} bytes, of which only listed fields may leave (blind.body).`,
    });
  }
}
