import type { Account } from "./account.ts";
import type { ShadowPair } from "./gateway-counts.ts";
import type { WorkerEvidence } from "./worker-book.ts";

/** Everything that was counted since the phase began. */
export interface Evidence {
  /** Of the last reading; null before the first. */
  readonly at: number | null;
  /** Begin of the step of the first exposure; null before it. */
  readonly since: number | null;
  readonly account: Account;
  /**
   * The same since the running epoch began, so that what starts late is not diluted by what was before. `number` counts
   * from 0.
   */
  readonly epoch: { readonly number: number; readonly account: Account };
  readonly configHashes: readonly string[];
  readonly contaminated: number;
  readonly shadow: readonly ShadowPair[];
  /** By variant. */
  readonly workers: readonly WorkerEvidence[];
  readonly missing: { readonly steps: number; readonly of: number };
}
