import type { OutcomeKey } from "./outcome.ts";

type Id = Pick<OutcomeKey, "digest" | "value">;

/** Of digest and value together, in a snapshot. */
const ID_BYTES = 12;
const LEAST_SLOTS = 16;
/** Slots for each id: fewer make long searches. */
const SPARSENESS = 1.5;

/**
 * The last so many ids, in 20 MB for a million of them: 64 bits of each digest and 32 of its value in flat arrays, which
 * are a ring, and a hash table of places in it (open addressing, linear probing). Two of a million ids have the same 64
 * bits once in some ten million experiments.
 */
export class RecentIds {
  readonly limit: number;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #values: Uint32Array;
  /** Places in the ring, from 1; 0 is a free slot. */
  readonly #slots: Uint32Array;
  readonly #mask: number;
  #next = 0;
  #size = 0;

  constructor(limit: number) {
    this.limit = limit;
    this.#high = new Uint32Array(limit);
    this.#low = new Uint32Array(limit);
    this.#values = new Uint32Array(limit);
    const slots = 2 ** Math.ceil(Math.log2(Math.max(LEAST_SLOTS, limit * SPARSENESS)));
    this.#slots = new Uint32Array(slots);
    this.#mask = slots - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** The value that came with this id; undefined for one that is not remembered. */
  find({ digest }: Pick<Id, "digest">): number | undefined {
    const place = this.#slots[this.#slotOf(digest.readUInt32BE(0), digest.readUInt32BE(4))] as number;
    return place === 0 ? undefined : this.#values[place - 1];
  }

  /** Where all are taken, the oldest is forgotten. */
  add({ digest, value }: Id): void {
    this.#add(digest.readUInt32BE(0), digest.readUInt32BE(4), value);
  }

  #add(high: number, low: number, value: number): void {
    if (this.#slots[this.#slotOf(high, low)] !== 0) return;
    if (this.#size === this.limit) this.#forget(this.#next);
    else this.#size++;
    this.#high[this.#next] = high;
    this.#low[this.#next] = low;
    this.#values[this.#next] = value;
    this.#slots[this.#slotOf(high, low)] = this.#next + 1;
    this.#next = (this.#next + 1) % this.limit;
  }

  /** Every id, the oldest first, `ID_BYTES` each, in pieces of at most so many ids. */
  *pieces(idsInPiece: number): Generator<Buffer> {
    const first = this.#size === this.limit ? this.#next : 0;
    for (let done = 0; done < this.#size; done += idsInPiece) {
      const count = Math.min(idsInPiece, this.#size - done);
      const piece = Buffer.allocUnsafe(count * ID_BYTES);
      for (let index = 0; index < count; index++) {
        const place = (first + done + index) % this.limit;
        piece.writeUInt32LE(this.#high[place] as number, index * ID_BYTES);
        piece.writeUInt32LE(this.#low[place] as number, index * ID_BYTES + 4);
        piece.writeUInt32LE(this.#values[place] as number, index * ID_BYTES + 8);
      }
      yield piece;
    }
  }

  addPiece(piece: Buffer): void {
    for (let at = 0; at + ID_BYTES <= piece.length; at += ID_BYTES)
      this.#add(piece.readUInt32LE(at), piece.readUInt32LE(at + 4), piece.readUInt32LE(at + 8));
  }

  /** The slot of this id, or the free one where it belongs. */
  #slotOf(high: number, low: number): number {
    let slot = low & this.#mask;
    for (;;) {
      const place = this.#slots[slot] as number;
      if (place === 0 || (this.#high[place - 1] === high && this.#low[place - 1] === low)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  /** Frees a slot and closes the gap, so that searches that passed over it still find what lies behind (Knuth 6.4, R). */
  #forget(place: number): void {
    let free = this.#slotOf(this.#high[place] as number, this.#low[place] as number);
    this.#slots[free] = 0;
    for (let slot = (free + 1) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const moved = this.#slots[slot] as number;
      if (moved === 0) return;
      const home = (this.#low[moved - 1] as number) & this.#mask;
      const isPast = ((slot - home) & this.#mask) < ((slot - free) & this.#mask);
      if (isPast) continue;
      this.#slots[free] = moved;
      this.#slots[slot] = 0;
      free = slot;
    }
  }
}
