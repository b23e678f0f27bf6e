import type { IncomingHttpHeaders } from "node:http";
import type { Prediction } from "../outcomes/prediction.ts";
import { AnswerReader } from "./answer-reader.ts";

/** A request that its own variant is answering, to be sent to the shadow variant too. */
export interface ShadowedRequest {
  readonly method: string;
  /** In origin form. */
  readonly target: string;
  /** Name, value, name, value …: as the caller's own variant got them. */
  readonly headers: readonly string[];
  readonly body: Buffer | null;
  /** Name of the variant that answers the caller. */
  readonly variant: string;
}

/** Follows the answer to the caller until it is whole; only then the shadow is sent. */
export class Candidate {
  readonly request: ShadowedRequest;
  readonly #reader: AnswerReader;
  readonly #send: (candidate: Candidate) => void;

  constructor(request: ShadowedRequest, answer: IncomingHttpHeaders, send: (candidate: Candidate) => void) {
    this.request = request;
    this.#reader = new AnswerReader(answer);
    this.#send = send;
  }

  read(chunk: Buffer): void {
    this.#reader.read(chunk);
  }

  /** The caller's answer is whole. */
  answered(): void {
    this.#send(this);
  }

  /** What the caller was told. */
  prediction(): Prediction | undefined {
    return this.#reader.prediction();
  }
}
