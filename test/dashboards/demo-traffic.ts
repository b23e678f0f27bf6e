import { setTimeout as pause } from "node:timers/promises";
import { signForceToken } from "../../proxy/src/identity/force.ts";
import { sentences } from "../support/sentences.ts";

export interface DemoTraffic {
  counts(): { readonly sent: number; readonly statuses: ReadonlyMap<string, number> };
  /** Ends it, and resolves when the last answer is here. */
  stop(): Promise<void>;
}

export interface Aim {
  readonly url: string;
  readonly perSecond: number;
  readonly experiment: string;
  readonly forceSecret: string;
}

const USERS = 300;
const BROWSERS = 60;
const PATIENCE_MS = 30_000;
/** More would only wait. */
const MOST_AT_ONCE = 64;

/**
 * Callers of every kind at a steady rate: users with a header, of whom some ask far more often than others; browsers
 * with a cookie, one of whom signs in now and then; callers that keep none; testers; and mistakes. Some tell afterwards
 * what the right label was.
 */
export function startTraffic({ url, perSecond, experiment, forceSecret }: Aim): DemoTraffic {
  const statuses = new Map<string, number>();
  const cookies = new Map<number, string>();
  const pending = new Set<Promise<void>>();
  const token = signForceToken(
    { experiment, variant: "roberta", expiresAt: Date.now() + 24 * 3_600_000 },
    forceSecret,
  );
  let sent = 0;
  let running = true;

  /** Twelve of twenty have an id, five keep a cookie, one is a tester, two keep nothing. */
  const headersOf = (index: number): Record<string, string> => {
    const kind = index % 20;
    // The square makes the first users ask most.
    if (kind < 12) return { "x-user-id": `user-${Math.floor(USERS * ((index * 0.618034) % 1) ** 2)}` };
    if (kind === 17) return { "x-user-id": "tester", "x-blindsplit-force": token };
    const cookie = cookies.get(browserOf(index));
    const signedIn = index % 45 === 15 ? { "x-user-id": `user-${index % USERS}` } : {};
    return cookie === undefined ? {} : { cookie, ...signedIn };
  };
  const ask = async (index: number) => {
    const text = index % 97 === 0 ? " " : (sentences[(index * 17) % sentences.length] ?? "");
    const path = index % 211 === 0 ? "/metrics" : "/predict";
    const answer = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headersOf(index) },
      body: JSON.stringify({ text }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const [given] = answer.headers.getSetCookie();
    const browser = browserOf(index);
    if (given !== undefined && browser >= 0) cookies.set(browser, given.split(";", 1)[0] ?? "");
    await answer.arrayBuffer();
    count(String(answer.status));
    const outcomeToken = answer.headers.get("x-outcome-token");
    if (outcomeToken !== null && answer.ok && index % 3 !== 1) await report(index, outcomeToken);
  };
  /** Every tenth report is one of a token that was cut. */
  const report = async (index: number, outcomeToken: string) => {
    const told = index % 2 === 0 ? { outcome: "correct" } : { outcome: "true_label", value: "positive" };
    const answer = await fetch(`${url}/-/outcomes`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: index % 30 === 0 ? outcomeToken.slice(5) : outcomeToken, ...told }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await answer.arrayBuffer();
  };
  const count = (status: string) => statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const send = () => {
    const asked = ask(sent++)
      .catch((error: unknown) => count(error instanceof Error ? error.name : "error"))
      .then(() => undefined)
      .finally(() => pending.delete(asked));
    pending.add(asked);
  };
  const begun = performance.now();
  const clock = (async () => {
    while (running) {
      const due = ((performance.now() - begun) / 1000) * perSecond;
      if (sent < due && pending.size < MOST_AT_ONCE) send();
      else await pause(1000 / perSecond / 2);
    }
  })();
  return {
    counts: () => ({ sent, statuses }),
    async stop() {
      running = false;
      await clock;
      await Promise.all(pending);
    },
  };
}

/** -1 for callers that are no browsers. */
function browserOf(index: number): number {
  const kind = index % 20;
  return kind >= 12 && kind < 17 ? (Math.floor(index / 20) * 5 + kind) % BROWSERS : -1;
}
