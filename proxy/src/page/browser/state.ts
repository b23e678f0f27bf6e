import type { Snapshot } from "../snapshot.ts";
import { type Announcement, announce } from "./announcement.ts";
import { compare, type VariantFigures } from "./comparison.ts";
import { type History, increase, NO_HISTORY, remember, sinceStart } from "./history.ts";
import type { Contact } from "./polling.ts";
import { LONGEST_SPAN_MS, type Span } from "./spans.ts";
import { sayAnswer } from "./verdict.ts";
import { describe, describeUnknown, type Statement } from "./words.ts";

/** Everything that the page shows follows from this. */
export interface PageState {
  readonly contact: Contact;
  readonly snapshot: Snapshot | undefined;
  readonly history: History;
  readonly span: Span;
  /** Weights that the slider asks about, by variant, the last one moved last. */
  readonly wished: Readonly<Record<string, number>>;
  /** Spoken to those who do not see the page. */
  readonly announcement: Announcement;
  /** Milliseconds since 1970 by the browser's clock, of the last snapshot. */
  readonly heardAt: number | undefined;
}

export function beginState(span: Span): PageState {
  return {
    contact: { kind: "asking" },
    snapshot: undefined,
    history: NO_HISTORY,
    span,
    wished: {},
    announcement: { text: "", at: 0 },
    heardAt: undefined,
  };
}

/** @param heardAt milliseconds since 1970 by the browser's clock */
export function hear(state: PageState, snapshot: Snapshot, heardAt: number): PageState {
  const verdict = spokenVerdict(snapshot);
  if (snapshot.masked) {
    const begun = { ...beginState(state.span), contact: state.contact, snapshot, heardAt };
    return verdict === ""
      ? begun
      : { ...begun, announcement: announce(state.announcement, verdict, heardAt) };
  }
  const history = remember(state.history, snapshot);
  const next = { ...state, snapshot, history, heardAt };
  if (!isKnown(next)) return next;
  const words = statementsOf(next).map(({ said }) => said);
  return { ...next, announcement: announce(state.announcement, `${verdict}${words.join(". ")}.`, heardAt) };
}

/** Empty where there is none to speak of. */
function spokenVerdict({ verdict }: Snapshot): string {
  if (verdict === undefined) return "";
  return "problem" in verdict ? "No verdict. " : `Verdict: ${sayAnswer(verdict).said}. `;
}

/** The variants over the chosen span. */
export function figuresOf({ snapshot, history, span }: PageState): VariantFigures[] {
  if (snapshot === undefined || snapshot.masked) return [];
  const ever = sinceStart(history);
  const recent = increase(history, LONGEST_SPAN_MS)?.variants ?? {};
  const counted = span.lengthMs === undefined ? ever : (increase(history, span.lengthMs)?.variants ?? {});
  return compare(snapshot, counted, { recent, ever });
}

export function statementsOf(state: PageState): Statement[] {
  const { snapshot } = state;
  if (snapshot === undefined || snapshot.masked) return [];
  return isKnown(state)
    ? describe(figuresOf(state), snapshot.workers)
    : describeUnknown(snapshot.variants, snapshot.workers);
}

/** One snapshot says what was counted since the start, but nothing of a span. */
function isKnown({ history, span: { lengthMs } }: PageState): boolean {
  return lengthMs === undefined || increase(history, lengthMs) !== undefined;
}

/** How much of the span the page has seen, where that is less than asked; undefined where it is all of it. */
export function seenMs({ history, span: { lengthMs } }: PageState): number | undefined {
  if (lengthMs === undefined) return undefined;
  const seen = increase(history, lengthMs)?.lengthMs ?? 0;
  return seen < lengthMs * 0.95 ? seen : undefined;
}
