import type { Log } from "../log.ts";
import type { HubConnection } from "./connection.ts";
import type { HubLimits } from "./limits.ts";
import type { Progress } from "./progress.ts";
import type { FreeBytes } from "./storage.ts";

/** What every step of one download needs. */
export interface HubContext {
  readonly connection: HubConnection;
  readonly log: Log;
  readonly limits: HubLimits;
  readonly progress: Progress;
  readonly freeBytes: FreeBytes;
  readonly signal: AbortSignal;
}
