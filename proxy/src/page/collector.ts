import type { ResolveName } from "../upstream/name.ts";
import { Attendance } from "./attendance.ts";
import { type Collected, type CollectionSource, collect } from "./collection.ts";
import { Names } from "./names.ts";

/** However many watch: the processes are asked once a second at most. */
const SHARED_MS = 1_000;
/** Of one collection, whatever the processes do. */
export const COLLECTION_DEADLINE_MS = 2_000;

interface Collection {
  readonly collected: Promise<Collected>;
  readonly begunAtMs: number;
  readonly calledOff: AbortController;
  isUnderWay: boolean;
  readonly generation: number;
}

export interface CollectorSource extends CollectionSource {
  readonly resolve: ResolveName;
}

/** One collection at a time, shared by whoever asks within the same second. Of what was said nothing else is kept. */
export class Collector {
  readonly #source: CollectorSource;
  readonly #names: Names;
  readonly #attendance = new Attendance();
  #last: Collection | undefined;

  constructor(source: CollectorSource) {
    this.#source = source;
    this.#names = new Names(source.resolve);
  }

  async collect(): Promise<Collected> {
    const collected = await this.#shared();
    // After a reload in between, what was asked of the configuration before must not be shown as of this one.
    return collected.generation === this.#source.current().number ? collected : this.#shared();
  }

  /** Calls off what is under way. */
  stop(): void {
    this.#names.stop();
    this.#last?.calledOff.abort();
  }

  #shared(): Promise<Collected> {
    const last = this.#last;
    if (last?.isUnderWay) return last.collected;
    const generation = this.#source.current().number;
    const isFresh = last !== undefined && performance.now() - last.begunAtMs < SHARED_MS;
    if (isFresh && last.generation === generation) return last.collected;
    const calledOff = new AbortController();
    const deadline = setTimeout(() => calledOff.abort(), COLLECTION_DEADLINE_MS);
    const known = { names: this.#names, attendance: this.#attendance };
    const collected = collect(this.#source, known, calledOff.signal).finally(() => {
      clearTimeout(deadline);
      collection.isUnderWay = false;
    });
    const begunAtMs = performance.now();
    const collection: Collection = { collected, begunAtMs, calledOff, isUnderWay: true, generation };
    this.#last = collection;
    return collected;
  }
}
