import { failureCode } from "../../../worker/evaluation/command-error.ts";
import { createUser, type User } from "./user.ts";

export interface TrafficOptions {
  readonly url: string;
  readonly idHeader: string;
  readonly users: number;
  readonly requests: number;
  readonly concurrency: number;
  readonly sentences: readonly string[];
  readonly onProgress?: (done: number, failed: number) => void;
  readonly timeoutMs?: number;
}

/** What the callers saw. It holds nothing about variants: a caller cannot tell. */
export interface Traffic {
  readonly answered: number;
  /** Of the answered, those whose 200 carries no label: another service than a blindsplit worker. */
  readonly unlabelled: number;
  /** Requests without an answer to count, by HTTP status or by why there was none. */
  readonly failures: ReadonlyMap<string, number>;
  /** Users that sent at least one request. */
  readonly users: number;
  /** Cookie users that were never given a cookie: each of their requests was a new user to the gateway. */
  readonly strangers: number;
  readonly seconds: number;
}

interface Session {
  readonly user: User;
  readonly index: number;
  sent: number;
  left: number;
}

export async function sendTraffic(options: TrafficOptions): Promise<Traffic> {
  const { users, requests, concurrency, sentences, onProgress } = options;
  const failures = new Map<string, number>();
  const sessions = Array.from({ length: Math.min(users, requests) }, (_, index): Session => {
    const share = Math.floor(requests / users) + (index < requests % users ? 1 : 0);
    return { user: createUser(index, options.idHeader), index, sent: 0, left: share };
  });
  const start = performance.now();
  let answered = 0;
  let unlabelled = 0;
  let failed = 0;

  // A user is out of the queue while it waits for an answer: sent at once, its first two requests would both come
  // without a cookie and the gateway would see two users.
  const waiting = [...sessions];
  const lane = async () => {
    for (let session = waiting.shift(); session !== undefined; session = waiting.shift()) {
      const { failure, hasLabel } = await send(session.user, sentenceFor(session, sentences), options);
      session.sent += 1;
      session.left -= 1;
      if (failure === undefined) {
        answered += 1;
        if (!hasLabel) unlabelled += 1;
      } else {
        failed += 1;
        failures.set(failure, (failures.get(failure) ?? 0) + 1);
      }
      onProgress?.(answered + failed, failed);
      if (session.left > 0) waiting.push(session);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return {
    answered,
    unlabelled,
    failures,
    users: sessions.length,
    strangers: sessions.filter((session) => !session.user.known).length,
    seconds: (performance.now() - start) / 1000,
  };
}

/** Steps through the list so that neither a user nor a turn always meets the same sentences. */
function sentenceFor({ index, sent }: Session, sentences: readonly string[]): string {
  return sentences[(index * 31 + sent * 17) % sentences.length] ?? "";
}

interface Sent {
  /** Its name, or nothing when an answer came. */
  readonly failure?: string;
  readonly hasLabel: boolean;
}

async function send(user: User, text: string, options: TrafficOptions): Promise<Sent> {
  try {
    const response = await fetch(`${options.url}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json", ...user.headers() },
      body: JSON.stringify({ text }),
      redirect: "manual",
      signal: AbortSignal.timeout(options.timeoutMs ?? 60_000),
    });
    user.remember(response.headers.getSetCookie());
    const body = await response.text();
    return response.ok
      ? { hasLabel: carriesLabel(body) }
      : { failure: `HTTP ${response.status}`, hasLabel: false };
  } catch (error) {
    return { failure: failureCode(error), hasLabel: false };
  }
}

function carriesLabel(body: string): boolean {
  try {
    const answer: unknown = JSON.parse(body);
    return (
      typeof answer === "object" && answer !== null && "label" in answer && typeof answer.label === "string"
    );
  } catch {
    return false;
  }
}
