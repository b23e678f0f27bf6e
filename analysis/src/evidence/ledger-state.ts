import { z } from "zod";
import { BucketCounts } from "./bucket-counts.ts";
import type { KnownJournal } from "./journal-book.ts";
import type { KnownGateway } from "./ledger.ts";

export const STATE_VERSION = 1;

const numbers = z.array(z.number());
/** One for each analysis bucket. */
const row = numbers.length(100);
const pairs = z.array(z.tuple([z.string(), z.number()]));
const blocks = z.object({
  paired: numbers,
  isOpen: z.boolean(),
  own: z.array(numbers),
  cross: z.array(numbers),
  open: z.array(numbers),
});
const cells = z.array(z.array(z.tuple([z.string(), row])));
const account = z.object({
  strata: z.array(z.object({ stratum: z.string(), blocks, cells })),
});
const strata = z.array(z.object({ stratum: z.string(), cells }));
const gateway = z.object({
  process: z.string(),
  readAt: z.number(),
  configHashes: z.array(z.string()),
  strata,
  totals: pairs,
  // Absent in states of before journals and starts were told apart.
  journal: z.string().optional(),
  instance: z.string().optional(),
});
const journal = z.object({
  journal: z.string(),
  process: z.string(),
  readAt: z.number(),
  isShared: z.boolean(),
  strata,
});
const workers = z.object({
  processes: z.array(
    z.object({
      process: z.string(),
      variant: z.string().nullable(),
      counters: pairs,
      residentBytes: z.number().nullable(),
      settings: z.array(z.tuple([z.string(), z.string()])),
    }),
  ),
  sums: z.array(z.tuple([z.string(), pairs])),
});

/** What the judge keeps in its file of a ledger. */
export const ledgerState = z.object({
  version: z.literal(STATE_VERSION),
  experiment: z.string(),
  phase: z.number(),
  variants: z.array(z.string()),
  stepMs: z.number(),
  features: z.array(z.string()),
  at: z.number().nullable(),
  since: z.number().nullable(),
  configHashes: z.array(z.string()),
  account,
  epoch: z.object({ number: z.number(), account }),
  totals: pairs,
  gateways: z.array(gateway),
  journals: z.array(journal).default([]),
  workers,
  missing: z.object({ first: z.number().nullable(), lost: z.number(), lostUntil: z.number() }),
});

type Row = [string, number[]];
type Pair = [string, number];

export interface LedgerState extends z.input<typeof ledgerState> {}

type GatewayState = z.input<typeof gateway>;
type JournalState = z.input<typeof journal>;
type StrataState = z.input<typeof strata>;

export function stateOfGateway(process: string, { counts, readAt, instance }: KnownGateway): GatewayState {
  return {
    process,
    readAt,
    configHashes: [...counts.configHashes],
    strata: stateOfStrata(counts.buckets),
    totals: [...counts.totals].map(([key, value]): Pair => [key, value]),
    journal: counts.journal,
    instance,
  };
}

export function stateToGateway(state: GatewayState, variants: number): KnownGateway {
  const { readAt, instance, configHashes, journal } = state;
  const buckets = stateToStrata(state.strata, variants);
  return { readAt, instance, counts: { buckets, totals: new Map(state.totals), configHashes, journal } };
}

export function stateOfJournal(journal: string, { counts, ...known }: KnownJournal): JournalState {
  return { journal, ...known, strata: stateOfStrata(counts) };
}

export function stateToJournal(state: JournalState, variants: number): KnownJournal {
  const { process, readAt, isShared, strata } = state;
  return { process, readAt, isShared, counts: stateToStrata(strata, variants) };
}

function stateOfStrata(counts: BucketCounts): StrataState {
  return [...counts.strata].map(([stratum, variants]) => ({
    stratum,
    cells: variants.map((ofVariant) => [...ofVariant].map(([cell, values]): Row => [cell, [...values]])),
  }));
}

function stateToStrata(state: StrataState, variants: number): BucketCounts {
  const counts = new BucketCounts(variants);
  for (const { stratum, cells: ofVariants } of state)
    for (const [variant, rows] of ofVariants.slice(0, variants).entries())
      for (const [cell, values] of rows) counts.at(stratum, variant, cell).set(values);
  return counts;
}
