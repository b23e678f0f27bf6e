/*
 * The most that onnxruntime can do with a graph: tokens that are there already, sorted by length, in batches of one
 * size, tensors made beforehand; no HTTP. `node ceiling.ts PORT TOKENS`, where TOKENS is a file that `Ceiling` writes.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { InferenceSession, Tensor } from "../../../../worker/node_modules/onnxruntime-node/dist/index.js";
import type { Pass, Task } from "../ceiling.ts";

const [port, file = ""] = process.argv.slice(2);
const { graph, ids, padId } = JSON.parse(readFileSync(file, "utf8")) as Task;
const session = await InferenceSession.create(graph, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
});
const order = ids.map((_, index) => index).sort((a, b) => lengthOf(a) - lengthOf(b));

function lengthOf(index: number): number {
  return ids[index]?.length ?? 0;
}

function feedsOf(indexes: readonly number[]): Record<string, Tensor> {
  const length = Math.max(...indexes.map(lengthOf));
  const cells = indexes.length * length;
  const tokens = new BigInt64Array(cells).fill(BigInt(padId));
  const mask = new BigInt64Array(cells);
  for (const [row, index] of indexes.entries())
    for (const [column, id] of (ids[index] ?? []).entries()) {
      tokens[row * length + column] = BigInt(id);
      mask[row * length + column] = 1n;
    }
  const values = { input_ids: tokens, attention_mask: mask, token_type_ids: new BigInt64Array(cells) };
  const taken = Object.entries(values).filter(([name]) => session.inputNames.includes(name));
  return Object.fromEntries(
    taken.map(([name, data]) => [name, new Tensor("int64", data, [indexes.length, length])]),
  );
}

/** Whole passes over all texts, at least one and until the time is over. */
async function run(batch: number, seconds: number): Promise<Pass> {
  const starts = Array.from({ length: Math.ceil(order.length / batch) }, (_, chunk) => chunk * batch);
  const chunks = starts.map((start) => order.slice(start, start + batch));
  const feeds = chunks.map((chunk) => ({ chunk, feeds: feedsOf(chunk) }));
  for (const { feeds: first } of feeds.slice(0, 3)) await session.run(first, ["logits"]);
  const runs: { text: number; ms: number }[] = [];
  let texts = 0;
  const begun = performance.now();
  const usage = process.cpuUsage();
  while (texts === 0 || performance.now() - begun < seconds * 1000) {
    for (const { chunk, feeds: given } of feeds) {
      const start = performance.now();
      await session.run(given, ["logits"]);
      runs.push({ text: chunk[0] ?? 0, ms: performance.now() - start });
      texts += chunk.length;
    }
  }
  const lasted = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(usage);
  return { texts, seconds: lasted, cpuSeconds: (user + system) / 1e6, runs };
}

async function logits(): Promise<number[][]> {
  const rows: number[][] = [];
  for (const index of ids.keys()) {
    const { logits } = await session.run(feedsOf([index]), ["logits"]);
    rows.push(Array.from(logits?.data as Float32Array));
  }
  return rows;
}

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
  const number = (name: string) => Number(searchParams.get(name));
  const asked = pathname === "/logits" ? logits() : run(number("batch"), number("seconds"));
  asked.then(
    (result) => response.end(JSON.stringify(result)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
}).listen(Number(port), "127.0.0.1");
