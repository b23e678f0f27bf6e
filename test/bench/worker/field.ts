import { setTimeout as pause } from "node:timers/promises";
import { CommandError } from "../../../worker/evaluation/command-error.ts";
import { type Child, type Children, freePort } from "../../load/support/children.ts";
import type { Contestant } from "./contestants.ts";
import type { Place } from "./place.ts";

/** A contestant that can predict. */
export interface Runner {
  readonly contestant: Contestant;
  readonly port: number;
  readonly child: Child;
}

/** torch alone takes seconds to load, and a full-size model some more. */
const READY_LIMIT_MS = 180_000;

/** Starts every contestant; they wait idle until it is their turn. */
export async function startField(options: {
  readonly children: Children;
  readonly contestants: readonly Contestant[];
  readonly prefix: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly place: Omit<Place, "port">;
}): Promise<readonly Runner[]> {
  const { children, contestants, prefix, env, place } = options;
  const runners: Runner[] = [];
  for (const contestant of contestants) {
    const port = await freePort();
    const command = [...prefix, ...contestant.command({ ...place, port })];
    const child = children.start(contestant.name, command, { env: { ...env, ...contestant.env } });
    await untilReady(child, `http://127.0.0.1:${port}${contestant.readyPath}`);
    runners.push({ contestant, port, child });
  }
  return runners;
}

async function untilReady(child: Child, url: string): Promise<void> {
  const latest = performance.now() + READY_LIMIT_MS;
  for (;;) {
    const isReady = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    const ended = !child.running();
    if (ended || performance.now() > latest)
      throw new CommandError(
        "not_started",
        `${child.name} ${ended ? "ended before it was ready" : `is not ready after ${READY_LIMIT_MS} ms`}:\n${child.said()}`,
      );
    await pause(100);
  }
}
