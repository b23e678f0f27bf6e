/*
 * Four callers with as many texts as one request may have, again and again, beside one with single texts: what the
 * single one waits before and meanwhile, and what the big ones lose. Once with a queue as short as a worker has by
 * itself, which cannot hold all four, and once with one that can. `npm run load:worker-fairness
 * [-- --model DIR --seconds N --big N --max-texts N --max-queue N --seed N]`.
 */
import { type Finding, keeps, reaches, tells } from "./support/findings.ts";
import { predictRequest } from "./support/predict-request.ts";
import { type Run, runLoad } from "./support/run.ts";
import { type Looped, loopFor, loopWhile } from "./worker/closed-loop.ts";
import { parkOnSecondCore } from "./worker/cores.ts";
import { makeTexts } from "./worker/texts.ts";
import { BUNDLED_MODEL, startWorker } from "./worker/worker-process.ts";

const SINGLES = 1_000;
const BIG_REQUESTS = 40;
const WARM_UP_MS = 2_000;
/** Someone who types, not a flood: the single caller must not fill the queue itself. */
const SINGLE_PAUSE_MS = 20;
/** After a 429; shorter than the worker asks for, as impatient callers are. */
const REFUSED_PAUSE_MS = 100;
/** Of what a queue in order of arrival would make of the single caller's p99. */
const SHARE_OF_FIFO = 0.5;
const defaults = {
  model: BUNDLED_MODEL,
  seconds: 20,
  big: 4,
  "max-texts": 128,
  "max-queue": 1_024,
  seed: 1,
};

await runLoad(process, "load:worker-fairness", { defaults, limitMinutes: 15 }, async (run) => {
  const cores = parkOnSecondCore(process.pid);
  const findings: Finding[] = [tells("where", cores.description)];
  // Room for two of the big ones and a single text: whatever the big ones do, that one is never refused.
  for (const maxQueue of [2 * run.count("max-texts") + 1, run.count("max-queue")])
    findings.push(...(await measureQueue(run, maxQueue, cores.server)));
  return findings;
});

async function measureQueue(
  run: Run,
  maxQueue: number,
  prefix: readonly string[],
): Promise<readonly Finding[]> {
  const [size, callers] = [run.count("max-texts"), run.count("big")];
  const flags = ["--max-queue", String(maxQueue), "--max-texts", String(size)];
  const { port, child } = await startWorker(run, { model: run.text("model"), flags, prefix });
  const texts = makeTexts(SINGLES + BIG_REQUESTS * size, run.count("seed"));
  const singles = texts.slice(0, SINGLES).map((text) => predictRequest({ text }));
  const bigs = Array.from({ length: BIG_REQUESTS }, (_, index) =>
    predictRequest({ texts: texts.slice(SINGLES + index * size, SINGLES + (index + 1) * size) }),
  );
  let [singleTurn, bigTurn] = [0, 0];
  const pauses = { warmUpMs: WARM_UP_MS, refusedPauseMs: REFUSED_PAUSE_MS };
  const single = {
    ...{ port, callers: 1, pauseMs: SINGLE_PAUSE_MS, ...pauses },
    request: () => ({ bytes: singles[singleTurn++ % SINGLES] ?? "", texts: 1 }),
  };
  const big = {
    ...{ port, callers, ...pauses },
    request: () => ({ bytes: bigs[bigTurn++ % BIG_REQUESTS] ?? "", texts: size }),
  };
  const stretchMs = run.count("seconds") * 1000;
  const alone = await loopFor(single, stretchMs);
  const bigAlone = await loopFor(big, stretchMs);
  let together = true;
  const bigBeside = loopWhile(big, () => together);
  const beside = await loopFor(single, stretchMs);
  together = false;
  const bigMeanwhile = await bigBeside;
  await child.stop();
  const fifoMs = (Math.min(callers * size, maxQueue) / bigAlone.textsPerSecond) * 1000;
  const boundMs = Math.round(fifoMs * SHARE_OF_FIFO);
  // As many as fit if each of them took as long as the slowest hundredth may.
  const leastAnswers = Math.max(1, Math.floor(stretchMs / (SINGLE_PAUSE_MS + boundMs)));
  return [
    tells(`max_queue ${maxQueue}: single texts alone`, show(alone)),
    tells(`  beside ${callers} callers of ${size} texts`, show(beside)),
    tells("  what a queue in order of arrival would give", `${fifoMs.toFixed(0)} ms: the texts ahead ÷ rate`),
    keeps("  p99 beside, at most half of that", beside.latencies.at(0.99), boundMs, "ms"),
    reaches("  answers beside", beside.latencies.count, leastAnswers),
    keeps("  single texts refused, alone and beside", alone.refused.total + beside.refused.total, 0),
    reaches("  answers to the big ones alone", bigAlone.latencies.count, 1),
    reaches("  answers to the big ones meanwhile", bigMeanwhile.latencies.count, 1),
    tells("  the big ones alone", `${bigAlone.textsPerSecond.toFixed(1)} texts/s; ${show(bigAlone)}`),
    tells(
      "  the big ones meanwhile",
      `${bigMeanwhile.textsPerSecond.toFixed(1)} texts/s; ${show(bigMeanwhile)}`,
    ),
  ];
}

function show({ latencies, requests, refused }: Looped): string {
  return `${latencies}; refused ${((100 * refused.total) / Math.max(1, requests)).toFixed(1)} % (${refused})`;
}
