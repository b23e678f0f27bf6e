/*
 * Memory of a worker over many predictions of texts and batches of many sizes, and what its model takes.
 * `npm run load:worker-predictions [-- --model DIR --task TASK --predictions N --callers N --seed N]`.
 */
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { isFullSize } from "../support/full-size.ts";
import { createRandom } from "../support/random.ts";
import { failureOf, runCrowd } from "./support/crowd.ts";
import { Kinds, keeps, tells } from "./support/findings.ts";
import { HeapReader, INSPECTABLE } from "./support/heap.ts";
import { quietBytes } from "./support/memory.ts";
import { predictRequest } from "./support/predict-request.ts";
import { runLoad } from "./support/run.ts";
import { writeSmallestModel } from "./worker/smallest-model.ts";
import { makeTexts, wordsOf } from "./worker/texts.ts";
import { BUNDLED_MODEL, edgeOf, startWorker, sumOf } from "./worker/worker-process.ts";

const TEXTS = 20_000;
/** One request in so many has one text of the greatest length that is read, and more. */
const LONG_EVERY = 50;
const LONG_WORDS = 600;
const BATCH_SIZES = [1, 1, 1, 1, 2, 3, 8, 21, 64, 128];
const QUIET_MS = 5_000;
const GROWTH_LIMIT_PERCENT = 5;
const FILE_FACTOR = 2.5;
/** Shares of the predictions after which memory is read. */
const MARKS = [0.1, 0.5, 1];
const defaults = {
  model: BUNDLED_MODEL,
  task: "text-classification",
  predictions: 500_000,
  callers: 8,
  seed: 1,
};

await runLoad(process, "load:worker-predictions", { defaults, limitMinutes: 240 }, async (run) => {
  const model = resolve(run.text("model"));
  const task = ["--task", run.text("task")];
  const smallest = await startWorker(run, { model: writeSmallestModel(model, run.folder) });
  const without = await quietBytes(smallest.child.pid, QUIET_MS);
  await smallest.child.stop();

  const flags = [...task, "--max-queue", "2048"];
  const worker = await startWorker(run, { model, flags, nodeFlags: [INSPECTABLE] });
  const loaded = await quietBytes(worker.child.pid, QUIET_MS);
  const heap = new HeapReader(worker.child);
  // The inspector takes memory of its own, which must not be taken for growth.
  await heap.collect();

  const random = createRandom(run.count("seed"));
  const texts = makeTexts(TEXTS, run.count("seed"));
  const failures = new Kinds();
  let [turn, asked, done, limit, requests] = [0, 0, 0, 0, 0];
  const pick = () => (turn++ % LONG_EVERY === 0 ? wordsOf(LONG_WORDS, random) : (texts[turn % TEXTS] ?? ""));
  const next = () => {
    requests++;
    const drawn = BATCH_SIZES[Math.floor(random() * BATCH_SIZES.length)] ?? 1;
    const size = Math.max(1, Math.min(drawn, limit - asked));
    asked += size;
    const batch = Array.from({ length: size }, pick);
    return { bytes: predictRequest(size === 1 ? { text: batch[0] ?? "" } : { texts: batch }), note: size };
  };
  const marks: { resident: number; retained: number }[] = [];
  const startMs = performance.now();
  for (const mark of MARKS) {
    limit = Math.round(run.count("predictions") * mark);
    await runCrowd({
      ...{ port: worker.port, size: run.count("callers"), more: () => asked < limit, request: next },
      seen(outcome, size) {
        const failure = failureOf(outcome);
        if (failure === undefined) done += size;
        else failures.add(failure);
      },
    });
    const resident = await quietBytes(worker.child.pid, QUIET_MS);
    const retained = await heap.collect();
    marks.push({ resident, retained });
    run.say(
      `${mark * 100} %: ${megabytes(resident)} resident, ${megabytes(retained)} of heap after a collection`,
    );
  }
  const seconds = (performance.now() - startMs) / 1000;
  const scraped = await worker.scrape();
  const growth = (kind: "resident" | "retained") => {
    const [first, last] = [marks[0]?.[kind] ?? Number.NaN, marks.at(-1)?.[kind] ?? Number.NaN];
    return (100 * (last - first)) / first;
  };
  const fileBytes = statSync(join(model, "onnx/model_quantized.onnx")).size;
  const most = Math.round((FILE_FACTOR * fileBytes + without) / 1e6);
  // The promise is of full-size models: beside the few weights of a small one, the room for long texts is most of it.
  const bounded = (name: string, bytes: number) =>
    isFullSize(fileBytes)
      ? keeps(name, bytes / 1e6, most, "MB")
      : tells(name, `${megabytes(bytes)} of ${most} MB`);
  return [
    tells("predictions, requests", `${done} in ${seconds.toFixed(0)} s, ${requests}`),
    tells("truncated texts", sumOf(scraped, "sentiment_truncated_inputs_total")),
    tells("characters of a text, p50 and p99 at most", charactersOf(scraped)),
    keeps(`failed requests (${failures})`, failures.total, 0),
    tells("process with the smallest model that runs", megabytes(without)),
    tells("the model's file", megabytes(fileBytes)),
    bounded("loaded and warm; 2.5 × file + the process without it", loaded),
    ...marks.map(({ resident, retained }, index) =>
      tells(
        `at ${(MARKS[index] ?? 0) * 100} %: resident; heap after a collection`,
        `${megabytes(resident)}; ${megabytes(retained)}`,
      ),
    ),
    bounded("at the end; the same bound", marks.at(-1)?.resident ?? Number.NaN),
    keeps("growth of resident memory, first to last", growth("resident"), GROWTH_LIMIT_PERCENT, "%"),
    tells("growth of the main thread's heap after a collection", `${growth("retained").toFixed(1)} %`),
  ];
});

function charactersOf(scraped: Parameters<typeof edgeOf>[0]): string {
  const at = (share: number) => edgeOf(scraped, "sentiment_input_characters", share);
  return `${at(0.5)}, ${at(0.99)}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
