import type { Series } from "../metrics/series.ts";
import type { PlaceQueue, TotalInFlight } from "./total-in-flight.ts";

/** A request that may have to wait for its place; it is told once, unless it is forgotten before. */
export interface Waiting {
  /** A place has been taken for it. */
  onPlace(): void;
  /** It waited `queue.timeoutMs` in vain. */
  onTimeout(): void;
}

export interface AdmissionOptions {
  /** Requests of the variant in flight at once, those of older generations included. */
  readonly maxInFlight: number;
  readonly queue: { readonly size: number; readonly timeoutMs: number };
  readonly total: TotalInFlight;
  /** Shared by all generations of the variant, like every series here. */
  readonly inFlight: Series;
  readonly queued: Series;
  readonly refusals: { readonly full: Series; readonly timeout: Series };
}

/** Places in flight of one variant, with an optional short queue. Who waits longest enters first. */
export class Admission implements PlaceQueue {
  readonly #limit: number;
  readonly #queueSize: number;
  readonly #queueTimeoutMs: number;
  readonly #total: TotalInFlight;
  readonly #inFlight: Series;
  readonly #queued: Series;
  readonly #refusals: AdmissionOptions["refusals"];
  /** In the order in which they came. */
  readonly #queue = new Map<Waiting, { readonly ticket: number; readonly timer: NodeJS.Timeout }>();

  constructor({ maxInFlight, queue, total, inFlight, queued, refusals }: AdmissionOptions) {
    this.#limit = maxInFlight;
    this.#queueSize = queue.size;
    this.#queueTimeoutMs = queue.timeoutMs;
    this.#total = total;
    this.#inFlight = inFlight;
    this.#queued = queued;
    this.#refusals = refusals;
  }

  /** `entered`: answer with one `leave`. `queued`: `waiting` is told. `full`: neither a place nor room to wait. */
  enter(waiting: Waiting): "entered" | "queued" | "full" {
    const total = this.#total;
    if (this.#queue.size === 0 && this.#inFlight.value < this.#limit && total.value < total.limit) {
      this.#inFlight.value++;
      total.value++;
      return "entered";
    }
    return this.#wait(waiting);
  }

  /** Frees a place, which the oldest who waits takes at once. */
  leave(): void {
    const total = this.#total;
    this.#inFlight.value--;
    total.value--;
    if (total.waiting.size !== 0) total.handOver();
  }

  /** The caller left while it waited. */
  forget(waiting: Waiting): void {
    const entry = this.#queue.get(waiting);
    if (entry === undefined) return;
    clearTimeout(entry.timer);
    this.#remove(waiting);
  }

  /** Who could as well do without a place should leave those that are left to who cannot. */
  get isHalfFull(): boolean {
    const { value, limit } = this.#total;
    return this.#queue.size > 0 || this.#inFlight.value * 2 > this.#limit || value * 2 > limit;
  }

  get oldestTicket(): number | undefined {
    if (this.#inFlight.value >= this.#limit) return undefined;
    for (const { ticket } of this.#queue.values()) return ticket;
    return undefined;
  }

  admitOldest(): void {
    for (const [waiting, { timer }] of this.#queue) {
      clearTimeout(timer);
      this.#remove(waiting);
      this.#inFlight.value++;
      this.#total.value++;
      waiting.onPlace();
      return;
    }
  }

  #wait(waiting: Waiting): "queued" | "full" {
    if (this.#queue.size >= this.#queueSize) {
      this.#refusals.full.value++;
      return "full";
    }
    const timer = setTimeout(() => {
      this.#remove(waiting);
      this.#refusals.timeout.value++;
      waiting.onTimeout();
    }, this.#queueTimeoutMs);
    this.#queue.set(waiting, { ticket: this.#total.ticket(), timer });
    this.#total.waiting.add(this);
    this.#queued.value++;
    return "queued";
  }

  #remove(waiting: Waiting): void {
    this.#queue.delete(waiting);
    this.#queued.value--;
    if (this.#queue.size === 0) this.#total.waiting.delete(this);
  }
}
