import type { Labels } from "../metrics/series.ts";
import type { Outcome, OutcomeKey } from "./outcome.ts";
import type { RecentIds } from "./recent-ids.ts";
import type { Delay, PhaseMark, Tally, Totals } from "./tally.ts";

const IDS_A_LINE = 1_000;

/** A line of the journal, behind its heading. Lines are few kinds of array, told by what stands first. */
type Line =
  | readonly ["totals", totals: Totals]
  | readonly ["delay", delay: Delay]
  | readonly ["phase", phase: PhaseMark]
  | readonly ["forgotten", labels: Labels]
  | readonly ["ids", base64: string]
  | readonly ["outcome", at: number, digest: string, value: number, outcome: Outcome];

/** Of the digest: what replicas share is known by so many (shared-ids.ts), and a window remembers half of them. */
const DIGEST_BYTES = 16;

export function lineOfOutcome(at: number, { digest, value }: OutcomeKey, outcome: Outcome): Line {
  return ["outcome", at, digest.toString("base64url", 0, DIGEST_BYTES), value, outcome];
}

/** The series with these labels are no more. */
export function lineOfForgotten(labels: Labels): Line {
  return ["forgotten", labels];
}

/** Everything that was counted, in few lines of bounded length. */
export function* linesOfSnapshot(tally: Tally, ids: RecentIds): Generator<Line> {
  for (const totals of tally.totals()) yield ["totals", totals];
  for (const delay of tally.delays()) yield ["delay", delay];
  for (const phase of tally.phases()) yield ["phase", phase];
  for (const piece of ids.pieces(IDS_A_LINE)) yield ["ids", piece.toString("base64")];
}

export interface Restored {
  readonly tally: Tally;
  readonly ids: RecentIds;
  /** Told of each outcome that stands there by itself: a life that ended may not have told other replicas of the last. */
  onOutcome?(key: Pick<OutcomeKey, "digest" | "value">, issuedAt: number): void;
}

/** Counts what a line says. @throws Error for one that cannot be read */
export function restoreLine(line: unknown, { tally, ids, onOutcome }: Restored): void {
  const content = line as Line;
  switch (content[0]) {
    case "totals":
      return tally.restoreTotals(content[1]);
    case "delay":
      return tally.restoreDelay(content[1]);
    case "phase":
      return tally.restorePhase(content[1]);
    case "forgotten":
      return tally.remove(content[1]);
    case "ids":
      return ids.addPiece(Buffer.from(content[1], "base64"));
    case "outcome": {
      const [, at, text, value, outcome] = content;
      const key = { digest: Buffer.from(text, "base64url"), value };
      if (ids.find(key) !== undefined) return;
      ids.add(key);
      tally.count(outcome, at);
      return onOutcome?.(key, at - outcome.delaySeconds * 1000);
    }
    default:
      throw new Error("it is of no kind that this gateway knows");
  }
}
