import type { Labels } from "../metrics/series.ts";
import type { Outcome, OutcomeKey } from "./outcome.ts";
import type { RecentIds } from "./recent-ids.ts";
import type { Tally, Totals } from "./tally.ts";

const FORMAT = 1;
const IDS_A_LINE = 1_000;

/** A line of the journal. Lines are few kinds of array, told by what stands first. */
type Line =
  | readonly ["journal", version: number]
  | readonly ["totals", totals: Totals]
  | readonly ["forgotten", labels: Labels]
  | readonly ["ids", base64: string]
  | readonly ["outcome", at: number, digest: string, value: number, outcome: Outcome];

/** Of the digest, which is what a window remembers. */
const DIGEST_BYTES = 8;

export function lineOfOutcome(at: number, { digest, value }: OutcomeKey, outcome: Outcome): Line {
  return ["outcome", at, digest.toString("base64url", 0, DIGEST_BYTES), value, outcome];
}

/** The series with these labels are no more. */
export function lineOfForgotten(labels: Labels): Line {
  return ["forgotten", labels];
}

/** Everything that was counted, in as few lines. */
export function* linesOfSnapshot(tally: Tally, ids: RecentIds): Generator<Line> {
  yield ["journal", FORMAT];
  yield ["totals", tally.totals()];
  for (const piece of ids.pieces(IDS_A_LINE)) yield ["ids", piece.toString("base64")];
}

export interface Restored {
  readonly tally: Tally;
  readonly ids: RecentIds;
  /** Whether what was counted in a phase whose last outcome came then is still of use. */
  keeps(experiment: string, phase: string, at: number): boolean;
}

/** Counts what a line says. @throws Error for a journal of a later version */
export function restoreLine(line: unknown, { tally, ids, keeps }: Restored): void {
  const content = line as Line;
  switch (content[0]) {
    case "journal":
      if (content[1] > FORMAT) throw new Error("it was written by a later version of the gateway");
      return;
    case "totals":
      return tally.restore(content[1], keeps);
    case "forgotten":
      return tally.remove(content[1]);
    case "ids":
      return ids.addPiece(Buffer.from(content[1], "base64"));
    case "outcome": {
      const [, at, text, value, outcome] = content;
      const digest = Buffer.from(text, "base64url");
      if (ids.find({ digest }) !== undefined) return;
      ids.add({ digest, value });
      if (keeps(outcome.experiment, String(outcome.phase), at)) tally.count(outcome, at);
    }
  }
}
