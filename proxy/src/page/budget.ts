/** How much of an answer is read. */
export interface Amount {
  readonly bytes: number;
  /** Of the wanted names. */
  readonly samples: number;
}

/** What all processes of one collection may say together, however many there are. */
export class ReadingBudget {
  readonly amount: Amount;
  #bytes = 0;
  #samples = 0;

  constructor(amount: Amount) {
    this.amount = amount;
  }

  /** Whether that was still within it; what was taken stays taken. */
  take({ bytes, samples }: Amount): boolean {
    this.#bytes += bytes;
    this.#samples += samples;
    return this.#bytes <= this.amount.bytes && this.#samples <= this.amount.samples;
  }
}
