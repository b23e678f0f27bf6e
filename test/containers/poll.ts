import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

/** Only bounds how long a broken run can hang. */
const PATIENCE_MS = 180_000;
const PAUSE_MS = 200;

/** Resolves to the first answer of `look` that is not undefined. One that throws has none yet: what it asks may not run. */
export async function poll<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const latest = Date.now() + PATIENCE_MS;
  for (let last: unknown = "nothing yet"; ; await pause(PAUSE_MS)) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > latest) assert.fail(`${what}: not within ${PATIENCE_MS / 1_000} s (${String(last)})`);
  }
}
