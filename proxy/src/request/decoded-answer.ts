import type { Transform } from "node:stream";
import { createBrotliDecompress, createInflate, createUnzip, createZstdDecompress } from "node:zlib";
import type { Answer, Flow } from "./answer.ts";

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createUnzip,
  "x-gzip": createUnzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** A decoder for a `Content-Encoding`; undefined for one that is not known. `identity` and nothing need none. */
export function createDecoder(coding: string): Transform | undefined {
  const name = coding.trim().toLowerCase();
  return Object.hasOwn(DECODERS, name) ? DECODERS[name]?.() : undefined;
}

/** Undoes a content coding that the upstream was not asked for, so that no caller can tell who encodes and who does not. */
export class DecodedAnswer implements Answer {
  readonly #decoder: Transform;
  readonly #flow: Flow;
  readonly #inner: Answer;
  #isPaused = false;

  /** @param inner makes the answer that takes the decoded body, given the decoder's own flow */
  constructor(decoder: Transform, flow: Flow, inner: (flow: Flow) => Answer, onFlaw: (error: Error) => void) {
    this.#decoder = decoder;
    this.#flow = flow;
    this.#inner = inner({ pause: () => decoder.pause(), resume: () => decoder.resume() });
    decoder.on("data", (chunk: Buffer) => this.#inner.write(chunk));
    decoder.once("end", () => this.#inner.end());
    decoder.once("error", onFlaw);
  }

  write(chunk: Buffer): void {
    if (this.#decoder.destroyed || this.#decoder.write(chunk) || this.#isPaused) return;
    this.#isPaused = true;
    this.#flow.pause();
    this.#decoder.once("drain", () => {
      this.#isPaused = false;
      this.#flow.resume();
    });
  }

  cancel(): void {
    this.#decoder.destroy();
    this.#inner.cancel();
  }

  end(): void {
    if (!this.#decoder.destroyed) this.#decoder.end();
  }
}
