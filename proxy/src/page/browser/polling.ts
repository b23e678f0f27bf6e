import type { Snapshot } from "../snapshot.ts";

/** How the page stands with the gateway. */
export type Contact =
  | { readonly kind: "live" }
  /** Nothing yet, or the tab came back. */
  | { readonly kind: "asking" }
  | { readonly kind: "lost"; readonly sinceMs: number; readonly why: string }
  /** It asks for a token; `refused`: the one that was sent is not it. */
  | { readonly kind: "locked"; readonly refused: boolean };

export interface Polling {
  /** Stops asking, or begins again at once. */
  setVisible(visible: boolean): void;
  /** Asks now, with this token from now on if one is given. */
  askNow(token?: string): void;
}

interface Surroundings {
  fetch(
    path: string,
    init: { headers: Record<string, string>; signal: AbortSignal; cache: "no-store" },
  ): Promise<Pick<Response, "ok" | "status" | "json">>;
  /** Milliseconds. */
  now(): number;
  /** Calls back once; the returned function calls it off. */
  later(delayMs: number, call: () => void): () => void;
  readonly token: string | undefined;
  /** The one that was given is not it. */
  forgetToken(): void;
  onSnapshot(snapshot: Snapshot): void;
  onContact(contact: Contact): void;
}

const INTERVAL_MS = 2_000;
/** The masked snapshot changes every few minutes; asking only shows that the gateway is there. */
const MASKED_INTERVAL_MS = 10_000;
const DEADLINE_MS = 8_000;
const LONGEST_DELAY_MS = 30_000;

/** How long to wait after that many failures in a row: doubled each time, bounded. */
export function delayAfter(failures: number): number {
  return Math.min(LONGEST_DELAY_MS, INTERVAL_MS * 2 ** Math.min(failures, 10));
}

/** Asks for snapshots for ever, one at a time, while it is visible. Begins when it is told that it is. */
export function createPolling(surroundings: Surroundings): Polling {
  let { token } = surroundings;
  let isVisible = false;
  let failures = 0;
  let intervalMs = INTERVAL_MS;
  let heardAtMs = surroundings.now();
  let callOff = () => {};
  // An answer to a question that was overtaken by another is not listened to.
  let asked = 0;

  async function ask(): Promise<void> {
    callOff();
    asked += 1;
    const question = asked;
    const sent = token;
    const outcome = await fetchSnapshot(surroundings, sent);
    if ("locked" in outcome && sent !== undefined && sent === token) {
      token = undefined;
      surroundings.forgetToken();
    }
    if (question !== asked || !isVisible) return;
    if ("snapshot" in outcome) {
      failures = 0;
      heardAtMs = surroundings.now();
      intervalMs = outcome.snapshot.masked ? MASKED_INTERVAL_MS : INTERVAL_MS;
      surroundings.onSnapshot(outcome.snapshot);
      surroundings.onContact({ kind: "live" });
    } else if ("locked" in outcome) {
      // Only a token helps, and asking again with a wrong one is guessing.
      surroundings.onContact({ kind: "locked", refused: sent !== undefined });
      return;
    } else {
      failures += 1;
      surroundings.onContact({ kind: "lost", sinceMs: heardAtMs, why: outcome.failure });
    }
    callOff = surroundings.later(failures === 0 ? intervalMs : delayAfter(failures), () => void ask());
  }

  return {
    setVisible(visible) {
      if (visible === isVisible) return;
      isVisible = visible;
      if (visible) void ask();
      else callOff();
    },
    askNow(given) {
      token = given ?? token;
      if (isVisible) void ask();
    },
  };
}

type Outcome = { readonly snapshot: Snapshot } | { readonly locked: true } | { readonly failure: string };

async function fetchSnapshot(surroundings: Surroundings, token: string | undefined): Promise<Outcome> {
  try {
    const answer = await surroundings.fetch("page/snapshot", {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(DEADLINE_MS),
      cache: "no-store",
    });
    if (answer.status === 401) return { locked: true };
    if (!answer.ok) return { failure: `it answered with status ${answer.status}` };
    return { snapshot: (await answer.json()) as Snapshot };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    return { failure: timedOut ? `it took more than ${DEADLINE_MS / 1_000} s` : "it cannot be reached" };
  }
}
