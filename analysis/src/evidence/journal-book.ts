import { BUCKETS, BucketCounts } from "./bucket-counts.ts";
import { isOfRequests } from "./cell.ts";
import type { GatewayCounts } from "./gateway-counts.ts";

/** Journals that nobody replays any more are remembered in case they come back, the last read longest. */
const MOST_JOURNALS = 1000;

/** What is known of the outcomes of one journal. */
export interface KnownJournal {
  /** The gateway that said it last, and when. */
  readonly process: string;
  readonly readAt: number;
  /** A copy of the file: two gateways said it at the same moment. */
  readonly isShared: boolean;
  /** Outcomes alone, each the most that was seen. */
  readonly counts: BucketCounts;
}

interface Taken {
  readonly process: string;
  readonly at: number;
  readonly counts: GatewayCounts;
  /** What this process said before, where it is the same process still. */
  readonly before: GatewayCounts | undefined;
}

/**
 * Outcomes are counted by the journal that they are restored from: whichever gateway replays it, at whatever address, goes
 * on where the last one was.
 */
export class JournalBook {
  readonly #journals = new Map<string, KnownJournal>();
  readonly #variants: number;

  constructor(variants: number) {
    this.#variants = variants;
  }

  /** @returns what of these outcomes has been counted already */
  take(journal: string, { process, at, counts, before }: Taken): BucketCounts {
    const known = this.#journals.get(journal);
    const isShared = known?.isShared === true || (known?.readAt === at && known.process !== process);
    const counted = this.#countedOf(journal, { known, isShared, before });
    this.#journals.delete(journal);
    this.#journals.set(journal, {
      process,
      readAt: at,
      isShared,
      counts: this.#mostOf(counts.buckets, isShared ? known?.counts : counted),
    });
    for (const oldest of this.#journals.keys()) {
      if (this.#journals.size <= MOST_JOURNALS) break;
      this.#journals.delete(oldest);
    }
    return counted;
  }

  entries(): IterableIterator<[journal: string, known: KnownJournal]> {
    return this.#journals.entries();
  }

  restore(journal: string, known: KnownJournal): void {
    this.#journals.set(journal, known);
  }

  #countedOf(
    journal: string,
    {
      known,
      isShared,
      before,
    }: { known: KnownJournal | undefined; isShared: boolean } & Pick<Taken, "before">,
  ): BucketCounts {
    const nothing = new BucketCounts(this.#variants);
    // Journals were not told apart when it was read last.
    if (known === undefined) return (before?.journal === undefined ? before?.buckets : undefined) ?? nothing;
    return isShared && before?.journal === journal ? before.buckets : known.counts;
  }

  /** A series that is gone begins at 0 when it comes back; one that fell has lost its last lines, and was counted. */
  #mostOf(now: BucketCounts, before: BucketCounts | undefined): BucketCounts {
    const most = new BucketCounts(this.#variants);
    for (const { stratum, variant, cell, counts } of now.entries()) {
      if (isOfRequests(cell)) continue;
      const row = most.at(stratum, variant, cell);
      const old = before?.find(stratum, variant, cell);
      for (let bucket = 0; bucket < BUCKETS; bucket++)
        row[bucket] = Math.max(counts[bucket] as number, old?.[bucket] ?? 0);
    }
    return most;
  }
}
