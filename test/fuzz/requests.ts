/*
 * Sends broken requests to the real gateway in a process of its own: `npm run fuzz:requests [-- COUNT [SEED]]`. It
 * must stay alive and responsive, the upstream must see nothing but what was sent by a strict reading, each request once
 * and sound, and in the end every handle must be closed again.
 */
import assert from "node:assert/strict";
import { createRandom } from "../support/random.ts";
import { callFuzzed, type Manner, type Outcomes } from "./fuzz-caller.ts";
import { Ledger } from "./ledger.ts";
import { type Handles, ProxyProcess } from "./proxy-process.ts";
import { generateRequest, mutateRequest } from "./request-mutations.ts";
import { readTargets } from "./strict-targets.ts";
import { startFuzzUpstream } from "./upstream.ts";

const CALLERS = 64;
/** On one connection. */
const MOST_MESSAGES = 16;
const SHOWN_CHARACTERS = 2000;
const MANY_VIOLATIONS = 10;
/** Odd and large, so that neighbours draw nothing alike. */
const CONNECTION_STRIDE = 2_654_435_761;
const PING_PAUSE_MS = 500;
/** Idle connections to the upstream go after 4 s; then nothing is left. */
const CALM_LIMIT_MS = 20_000;

const count = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
const ledger = new Ledger();
const outcomes: Outcomes = { answers: new Map(), endings: new Map() };
const upstream = await startFuzzUpstream(ledger);
const proxy = await ProxyProcess.start(
  `experiment: { name: fuzz }\nvariants:\n  - { name: a, weight: 50, upstreams: ["${upstream.url}"] }\n  - { name: b, weight: 50, upstreams: ["${upstream.url}"] }\n`,
);
let sent = 0;
let connections = 0;
let slowestPingMs = 0;
try {
  const before = await proxy.handles();
  const begun = performance.now();
  const watching = new AbortController();
  const watch = ping(watching.signal);
  await Promise.all(Array.from({ length: CALLERS }, call));
  watching.abort();
  await watch;
  const seconds = (performance.now() - begun) / 1000;
  const after = await untilCalm(before);
  report(seconds, before, after);
  assert.ok(proxy.isAlive, `the gateway ended (seed ${seed})`);
  assert.deepEqual(ledger.violations.map(explain), [], `seed ${seed}`);
  assert.deepEqual({ ...after, descriptors: 0 }, { ...before, descriptors: 0 });
  assert.ok(
    after.descriptors <= before.descriptors,
    `${after.descriptors} descriptors, ${before.descriptors} before`,
  );
} finally {
  await proxy.stop();
  upstream.stop();
}

async function call(): Promise<void> {
  while (sent < count && proxy.isAlive && ledger.violations.length < MANY_VIOLATIONS) {
    const { bytes, messages, manner } = write(connections++);
    sent += messages;
    const { targets } = readTargets(bytes);
    ledger.allow(targets);
    await callFuzzed(proxy.port, bytes, { messages, sound: targets.length }, manner, outcomes);
  }
}

/** The same for the same seed: some sound requests and a broken one, as what follows a broken one is not read. */
function write(connection: number): { bytes: string; messages: number; manner: Manner } {
  const random = createRandom(seed + connection * CONNECTION_STRIDE);
  const messages = 1 + Math.floor(random() * MOST_MESSAGES);
  let bytes = "";
  for (let message = 0; message < messages; message++) {
    const isLast = message === messages - 1;
    const request = generateRequest(random, `${connection}-${message}`, isLast);
    bytes += isLast ? mutateRequest(random, request) : request;
  }
  const chosen = random();
  return { bytes, messages, manner: chosen < 0.03 ? "cut" : chosen < 0.1 ? "in pieces" : "at once" };
}

/** A violation, with the bytes of the connection that its target came from. */
function explain(violation: string): string {
  const target = / saw (\S+),/.exec(violation)?.[1] ?? "";
  for (let connection = connections - 1; target !== "" && connection >= 0; connection--) {
    const { bytes } = write(connection);
    if (bytes.includes(target)) return `${violation}: ${JSON.stringify(bytes).slice(0, SHOWN_CHARACTERS)}`;
  }
  return violation;
}

async function ping(until: AbortSignal): Promise<void> {
  while (!until.aborted && proxy.isAlive) {
    slowestPingMs = Math.max(slowestPingMs, await proxy.pingMs());
    await new Promise((resolve) => setTimeout(resolve, PING_PAUSE_MS));
  }
}

/** Waits until nothing is open that was not before, or long enough. */
async function untilCalm(before: Handles): Promise<Handles> {
  const latest = performance.now() + CALM_LIMIT_MS;
  for (;;) {
    const now = await proxy.handles();
    const isCalm =
      now.descriptors <= before.descriptors && now.connections <= before.connections && now.inFlight === 0;
    if (isCalm || performance.now() > latest) return now;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function report(seconds: number, before: Handles, after: Handles): void {
  const list = (counts: ReadonlyMap<string, number>) =>
    [...counts]
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([name, value]) => `${name}: ${value}`)
      .join(", ");
  const lines = [
    `${sent} requests on ${connections} connections in ${seconds.toFixed(0)} s (${Math.round(sent / seconds)}/s), seed ${seed}`,
    `answers by status: ${list(outcomes.answers)}`,
    `connections: ${list(outcomes.endings)}`,
    `the upstream saw ${ledger.seen} requests, violations: ${ledger.violations.length}`,
    `slowest answer of the admin listener: ${slowestPingMs.toFixed(0)} ms`,
    `handles before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
