import { setTimeout as delay } from "node:timers/promises";

const DEADLINE_MS = 20_000;
const PAUSE_MS = 5;

/** Asks until it is so. @throws Error when it is not within 20 s. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endsAtMs = performance.now() + DEADLINE_MS;
  while (!(await isSo())) {
    if (performance.now() > endsAtMs) throw new Error(`not so within ${DEADLINE_MS} ms: ${isSo}`);
    await delay(PAUSE_MS);
  }
}
