/** Which requests the upstream may see: those that were sent, each once. */
export class Ledger {
  readonly #open = new Map<string, number>();
  readonly violations: string[] = [];
  /** Requests that the upstream saw, and was to see. */
  seen = 0;

  /** Before the bytes are sent. */
  allow(targets: readonly string[]): void {
    for (const target of targets) this.#open.set(target, (this.#open.get(target) ?? 0) + 1);
  }

  /** What the upstream saw. */
  see(target: string): void {
    const left = this.#open.get(target) ?? 0;
    if (left === 0) this.violations.push(`the upstream saw ${target}, which nobody sent, or sent less often`);
    else if (left === 1) this.#open.delete(target);
    else this.#open.set(target, left - 1);
    this.seen++;
  }
}
