import { setTimeout as pause } from "node:timers/promises";
import type { Row } from "../../../worker/evaluation/dataset.ts";

/** Killed processes are back within seconds; whoever waits longer has lost a request. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 100;

/** One text, what the caller was answered, and the token of the answer. */
export interface Asked {
  readonly row: Row;
  readonly unit: string;
  readonly label: string;
  readonly token: string;
}

/** As a caller who does not give up: a gateway or worker that is being killed is asked again. */
export async function ask(url: string, row: Row, unit: string): Promise<Asked> {
  const latest = performance.now() + PATIENCE_MS;
  for (;;) {
    const asked = await tryToAsk(url, row, unit);
    if (asked !== undefined) return asked;
    if (performance.now() > latest) throw new Error(`line ${row.line} has no answer after ${PATIENCE_MS} ms`);
    await pause(PAUSE_MS);
  }
}

async function tryToAsk(url: string, row: Row, unit: string): Promise<Asked | undefined> {
  try {
    const response = await fetch(`${url}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-user-id": unit },
      body: JSON.stringify({ text: row.text }),
    });
    const body = (await response.json()) as { label?: unknown };
    const token = response.headers.get("x-outcome-token");
    if (response.status !== 200 || token === null || typeof body.label !== "string") return undefined;
    return { row, unit, label: body.label, token };
  } catch {
    return undefined;
  }
}

/** Reports the truth of each, in one request; asks again with the same until it is acknowledged. */
export async function reportTruth(url: string, asked: readonly Asked[]): Promise<void> {
  const outcomes = asked.map(({ row, token }) => ({ token, outcome: "true_label", value: row.label }));
  const latest = performance.now() + PATIENCE_MS;
  for (;;) {
    const refused = await tryToReport(url, outcomes);
    if (refused === undefined) return;
    if (performance.now() > latest) throw new Error(`outcomes are not taken: ${refused}`);
    await pause(PAUSE_MS);
  }
}

/** @returns why they were not all acknowledged */
async function tryToReport(url: string, outcomes: readonly object[]): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/-/outcomes`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ outcomes }),
    });
    const body = (await response.json()) as { results?: readonly { status?: number }[] };
    const bad = body.results?.find(({ status }) => status !== 202);
    return response.ok && body.results !== undefined && bad === undefined
      ? undefined
      : `${response.status} ${JSON.stringify(bad ?? body)}`;
  } catch (error) {
    return String(error);
  }
}
