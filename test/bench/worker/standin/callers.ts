/*
 * The callers: each sends its next text when the answer to its last is there. Lives as long as the benchmark, so that it
 * is compiled and warm in every slice. `node callers.ts PORT TEXTS`, where TEXTS is a file with a list of texts.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Answer } from "../../../load/support/answer-reader.ts";
import { Caller } from "../../../load/support/caller.ts";
import { cpuSeconds, residentBytes } from "../../../load/support/children.ts";
import { predictRequest } from "../../../load/support/predict-request.ts";
import type { Slice, SliceOrder } from "../callers.ts";

const [port, file = ""] = process.argv.slice(2);
const texts = JSON.parse(readFileSync(file, "utf8")) as readonly string[];
const requests = texts.map((text) => predictRequest({ text }));

const PATIENCE_MS = 120_000;
/** Connections open and everything is compiled before the window begins. */
const LEAD_IN_MS = 500;
const HEALTH_REQUEST = "GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n";
const HEALTH_EVERY_MS = 50;

/**
 * The window begins and ends with an answer that completes a turn: as many answers as there are callers. Some servers
 * answer all that wait at once; a window of fixed length would then count one such flood more or less.
 */
async function serve(order: SliceOrder): Promise<Slice> {
  const { port: server, pid, callers, seconds, expected } = order;
  const answers: { text: number; ms: number }[] = [];
  let [next, total, failed, otherLabel] = [order.offset, 0, 0, 0];
  const startedAt = performance.now();
  let begun: Reading | undefined;
  let ended: Reading | undefined;
  const { promise: over, resolve: finish } = Promise.withResolvers<void>();

  const count = (text: number, ms: number, answer: Answer | undefined) => {
    total++;
    if (begun !== undefined && ended === undefined) {
      if (answer?.status !== 200) failed++;
      else answers.push({ text, ms });
      if (expected !== undefined && labelIn(answer?.body ?? "") !== expected[text]) otherLabel++;
    }
    if (total % callers !== 0) return;
    if (begun === undefined) {
      if (performance.now() - startedAt >= LEAD_IN_MS) begun = read(pid);
    } else if (ended === undefined && performance.now() - begun.at >= seconds * 1000) {
      ended = read(pid);
      finish();
    }
  };
  const call = async () => {
    const caller = new Caller(server, PATIENCE_MS);
    // What is on its way must be answered before the next contestant has the core.
    while (ended === undefined) {
      const text = next++ % texts.length;
      const start = performance.now();
      const { answer } = await caller.call(requests[text] ?? "");
      count(text, performance.now() - start, answer);
    }
    caller.close();
  };
  const all = Promise.all(Array.from({ length: callers }, call));
  const healthMs = await watch(server, Promise.race([over, all]), () => begun !== undefined);
  await all;
  if (begun === undefined || ended === undefined) throw new Error("the window did not end");
  const lasted = (ended.at - begun.at) / 1000;
  return {
    ...{ answers, healthMs, failed, seconds: lasted, residentBytes: ended.resident },
    otherLabel: expected === undefined ? undefined : otherLabel,
    cpuSeconds: ended.cpu - begun.cpu,
    ownShare: (ended.own - begun.own) / lasted,
  };
}

interface Reading {
  /** Milliseconds. */
  readonly at: number;
  /** Seconds of the server, and of this process. */
  readonly cpu: number;
  readonly own: number;
  readonly resident: number;
}

function read(pid: number): Reading {
  const { user, system } = process.cpuUsage();
  const own = (user + system) / 1e6;
  return { at: performance.now(), cpu: cpuSeconds(pid), own, resident: residentBytes(pid) };
}

/** Asks for the server's health until `over`. */
async function watch(
  server: number,
  over: Promise<unknown>,
  isMeasuring: () => boolean,
): Promise<readonly number[]> {
  const health = new Caller(server, PATIENCE_MS);
  const healthMs: number[] = [];
  let isOver = false;
  const ending = over.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const start = performance.now();
    const { answer } = await health.call(HEALTH_REQUEST);
    // Asked before the window and answered in it counts as well: a loop that stands still lets nothing begin in between.
    if (isMeasuring() && answer?.status === 200) healthMs.push(performance.now() - start);
    await Promise.race([ending, pause(HEALTH_EVERY_MS)]);
  }
  health.close();
  return healthMs;
}

function labelIn(body: string): string | undefined {
  return /"label":\s*"([^"]*)"/.exec(body)?.[1]?.toLowerCase();
}

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    serve(JSON.parse(Buffer.concat(chunks).toString()) as SliceOrder).then(
      (slice) => response.end(JSON.stringify(slice)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
}).listen(Number(port), "127.0.0.1");
