import { renameSync, writeFileSync } from "node:fs";

/** What a worker with `standin/knobs.ts` in it does wrong; without any key it does nothing wrong. */
export interface Knobs {
  /** How many times as long a run takes. */
  readonly slowness?: number;
  readonly leakBytesPerSecond?: number;
}

/** Renamed into place: the worker never reads half a file. */
export function turn(file: string, knobs: Knobs): void {
  writeFileSync(`${file}.new`, JSON.stringify(knobs));
  renameSync(`${file}.new`, file);
}
