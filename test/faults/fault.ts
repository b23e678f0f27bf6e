import type { Span } from "../../prometheus/src/duration.ts";
import type { Finding } from "../load/support/findings.ts";
import type { Monitoring } from "./monitoring.ts";
import type { Stack } from "./stack.ts";

/** Something that goes wrong on purpose. */
export interface Fault {
  readonly name: string;
  /** The alert that has to be delivered; undefined where none may be. */
  readonly alert: string | undefined;
  /** Further alerts that tell the truth about this fault; any other one is wrong. */
  readonly allowed: readonly string[];
  /** Real-life time of good traffic that it needs before, such as a past to compare with. */
  readonly past: Span;
  /** Real-life time after which the alert must have been delivered, and for which others are waited for where none is. */
  readonly limit: Span;
  /** Until `end` takes it back. */
  begin(stack: Stack, monitoring: Monitoring): Promise<FaultUnderWay>;
}

export interface FaultUnderWay {
  end(): Promise<void>;
  /** What else it has to show, asked once the alert was delivered. */
  show?(): Promise<readonly Finding[]>;
}
