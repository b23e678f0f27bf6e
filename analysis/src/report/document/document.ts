import type { MetricName } from "../../../../proxy/src/config/analysis-config.ts";
import type { Check, Estimate } from "../../verdict/verdict.ts";

/** A report before it is text: terminal, Markdown and HTML show the same. */
export interface Document {
  /** The first line: the verdict in capitals, then what it is about. */
  readonly line: string;
  readonly tone: Tone;
  /** "sentiment-model, phase 2". */
  readonly title: string;
  readonly isMasked: boolean;
  readonly sections: readonly Section[];
}

/** How a verdict, a check or a decision is to be looked at. */
export type Tone = "good" | "bad" | "calm" | "open";

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: "paragraph"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] }
  | { readonly kind: "facts"; readonly facts: readonly Fact[] }
  | Table
  | Checks
  | Forest
  | Looks
  | Confusions
  | Coverage;

export interface Fact {
  readonly term: string;
  readonly text: string;
}

export interface Table {
  readonly kind: "table";
  readonly title: string;
  readonly head: readonly string[];
  /** The first cell of a row names it; the others are numbers, or words. */
  readonly rows: readonly (readonly string[])[];
}

export interface Checks {
  readonly kind: "checks";
  readonly checks: readonly {
    readonly name: string;
    /** Null of what is only said. */
    readonly check: Check | null;
    readonly text: string;
  }[];
}

/** Differences with their intervals, each on the scale of its metric. */
export interface Forest {
  readonly kind: "forest";
  readonly rows: readonly ForestRow[];
}

export interface ForestRow {
  readonly metric: MetricName;
  readonly kind: "primary" | "guardrail" | "secondary";
  /** The difference is `first` less `second`. */
  readonly first: string;
  readonly second: string;
  /** "roberta 75.9 %, distilbert 73.1 %"; empty where they are not shown. */
  readonly values: string;
  readonly difference: Estimate | null;
  /** Where there is no difference: why. */
  readonly missing: string;
  /** 0 of secondary metrics, which have none. */
  readonly margin: number;
  readonly direction: "increase" | "decrease";
  readonly decision: string;
  readonly tone: Tone;
  /** p values and the like, one each. */
  readonly remarks: readonly string[];
}

/** A difference over the looks, with the interval that holds at every one of them. */
export interface Looks {
  readonly kind: "looks";
  readonly metric: MetricName;
  readonly first: string;
  readonly second: string;
  readonly margin: number;
  readonly direction: "increase" | "decrease";
  readonly points: readonly { readonly at: number; readonly difference: Estimate }[];
  readonly decidedAt: number | null;
}

export interface Confusions {
  readonly kind: "confusions";
  readonly variants: readonly Confusion[];
}

export interface Confusion {
  readonly variant: string;
  readonly labels: readonly string[];
  /** Rows are the truth. */
  readonly counts: readonly (readonly number[])[];
}

/** Shares of the predictions whose truth is known. */
export interface Coverage {
  readonly kind: "coverage";
  readonly rows: readonly { readonly name: string; readonly share: Estimate }[];
}
