/** One outcome that may be counted: everything that it adds to. */
export interface Outcome {
  readonly experiment: string;
  readonly phase: number;
  readonly stratum: string;
  readonly variant: string;
  readonly analysisBucket: number;
  readonly name: string;
  /** Of a numeric outcome: its value above the least one allowed. */
  readonly amount: number | undefined;
  /** Of `true_label`. */
  readonly labels: { readonly truth: string; readonly predicted: string } | undefined;
  /** Of a rating whose answer predicted one: prediction less truth. */
  readonly ratingError: number | undefined;
  readonly delaySeconds: number;
}

/** By what an outcome that comes twice is known. */
export interface OutcomeKey {
  /** SHA-256 of token, outcome and id. */
  readonly digest: Buffer;
  /** Of what was reported: the same key with another value is no repetition. 32 bits. */
  readonly value: number;
  /** When its token expires: then nobody can report it again. Milliseconds since the epoch. */
  readonly expiresAt: number;
}
