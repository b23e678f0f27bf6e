import { setTimeout as pause } from "node:timers/promises";
import { Caller } from "../support/caller.ts";
import { failureOf } from "../support/crowd.ts";
import { PATIENCE_MS } from "./closed-loop.ts";

export interface Offer {
  readonly port: number;
  readonly perSecond: number;
  readonly forMs: number;
  /** Most requests under way at once; an arrival that finds none free is not sent, and counted. */
  readonly sockets: number;
  readonly request: () => string;
  /** Awaited when the last was sent: what waits is still to be answered, but the load is over. */
  readonly whenSent: () => Promise<void>;
}

/** One arrival. Times in milliseconds of one monotonic clock. */
export interface Arrival {
  /** When it was due, whatever the load was busy with. */
  readonly dueMs: number;
  readonly sentMs: number;
  readonly answeredMs: number;
  /** `200`, `429`, … or how the connection failed. */
  readonly kind: string;
  readonly retryAfterSeconds: number | undefined;
}

export interface Offered {
  readonly arrivals: readonly Arrival[];
  /** Arrivals for which no socket was free. */
  readonly unsent: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** Requests at a fixed rate whatever the answers are; resolves when the last is answered. */
export async function offer({ port, perSecond, forMs, sockets, request, whenSent }: Offer): Promise<Offered> {
  const arrivals: Arrival[] = [];
  const free: Caller[] = [];
  const all: Caller[] = [];
  const underWay = new Set<Promise<void>>();
  let unsent = 0;
  const send = async (caller: Caller, dueMs: number) => {
    const sentMs = performance.now();
    const outcome = await caller.call(request());
    const answeredMs = performance.now();
    free.push(caller);
    const after = /\r\nretry-after: *(\d+)/i.exec(outcome.answer?.head ?? "")?.[1];
    arrivals.push({
      ...{ dueMs, sentMs, answeredMs },
      kind: failureOf(outcome) ?? "200",
      retryAfterSeconds: after === undefined ? undefined : Number(after),
    });
  };
  const startMs = performance.now();
  const everyMs = 1000 / perSecond;
  const total = Math.floor(forMs / everyMs);
  for (let sent = 0; sent < total; await pause(1)) {
    for (; sent < total && startMs + sent * everyMs <= performance.now(); sent++) {
      let caller = free.pop();
      if (caller === undefined && all.length < sockets) {
        caller = new Caller(port, PATIENCE_MS);
        all.push(caller);
      }
      if (caller === undefined) {
        unsent++;
        continue;
      }
      const call = send(caller, startMs + sent * everyMs).finally(() => underWay.delete(call));
      underWay.add(call);
    }
  }
  const endMs = performance.now();
  await whenSent();
  await Promise.all(underWay);
  for (const caller of all) caller.close();
  return { arrivals, unsent, startMs, endMs };
}
