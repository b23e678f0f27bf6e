import { nearestRank } from "../../../worker/evaluation/latency.ts";

/** Milliseconds, collected; shown as p50, p99 and their number. */
export class Latencies {
  readonly #ms: number[] = [];

  add(ms: number): void {
    this.#ms.push(ms);
  }

  get count(): number {
    return this.#ms.length;
  }

  at(share: number): number {
    return (
      nearestRank(
        [...this.#ms].sort((a, b) => a - b),
        share,
      ) ?? Number.NaN
    );
  }

  toString(): string {
    return `p50 ${this.at(0.5).toFixed(1)} ms, p99 ${this.at(0.99).toFixed(1)} ms (${this.count})`;
  }
}
