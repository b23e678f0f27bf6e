import type { WriteAlert } from "./alert.ts";
import type { Pace } from "./duration.ts";
import type { Group } from "./rule.ts";

/** What every group of rules is written with. */
export interface Writing {
  /** `pace("5m")`: how long five minutes are at the chosen time scale. */
  readonly pace: Pace;
  readonly writeAlert: WriteAlert;
}

/** A file of rules: one group, and what the head of the file says of it. */
export interface Subject {
  readonly about: readonly string[];
  readonly group: Group;
}

export type WriteSubject = (writing: Writing) => Subject;
