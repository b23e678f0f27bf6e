import type { TestContext } from "node:test";

const LONGER_THAN_A_TEST_MS = 600_000;

/** Keeps the process from ending during a test that waits for a thread alone; in a worker its listener does. */
export function stayAlive(t: TestContext): void {
  const timer = setInterval(() => {}, LONGER_THAN_A_TEST_MS);
  t.after(() => clearInterval(timer));
}
