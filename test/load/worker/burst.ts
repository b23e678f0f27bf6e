import { Caller } from "../support/caller.ts";
import { type Finding, Kinds, keeps, tells } from "../support/findings.ts";
import { predictRequest } from "../support/predict-request.ts";
import { makeTexts } from "./texts.ts";
import { scrape, sumOf } from "./worker-process.ts";

const NEIGHBOURS = 24;
const SEED = 7;

/** What the worker says to those whose run failed; those who still waited hear something else. */
const OF_ITS_RUN = /while it computed this answer/;

/**
 * One text on which the graph throws among others, all at once and straight to the worker: which of the others are lost
 * because they ran in the same batch, and which because they waited; and whether the worker counts them all.
 */
export async function burst(port: number, poisonedText: string): Promise<readonly Finding[]> {
  const dropped = async () =>
    sumOf(await scrape(port), "sentiment_dropped_total", { reason: "inference_failed" });
  const droppedBefore = await dropped();
  const texts: string[] = [...makeTexts(NEIGHBOURS, SEED)];
  texts.splice(NEIGHBOURS / 2, 0, poisonedText);
  const kinds = new Kinds();
  let [failed, inRun] = [0, 0];
  const call = async (text: string) => {
    const caller = new Caller(port);
    const { answer, failure } = await caller.call(predictRequest({ text }));
    caller.close();
    const code = /"code":"(\w+)"/.exec(answer?.body ?? "")?.[1];
    kinds.add(failure ?? code ?? String(answer.status));
    if (code !== "inference_failed") return;
    failed++;
    if (OF_ITS_RUN.test(answer?.body ?? "")) inRun++;
  };
  await Promise.all(texts.map(call));
  const counted = (await dropped()) - droppedBefore;
  return [
    tells(`burst: one that throws among ${NEIGHBOURS} others, straight to the worker`, String(kinds)),
    tells("  lost in its run and in those handed over with it", inRun - 1),
    tells("  lost while they waited", failed - inRun),
    keeps("  lost, but not in sentiment_dropped_total, or the reverse", Math.abs(failed - counted), 0),
  ];
}
