import type { TestContext } from "node:test";
import { listen } from "./listen.ts";

/** Answers `GET /-/stop` in a judge's place, until the test ends. */
export interface StandInJudge {
  readonly url: string;
  /** How often it was asked. */
  asked: number;
  /** What it says; replaced whole. */
  notice: unknown;
  /** While set, it answers with this status. */
  failsWith: number | undefined;
  /** While true, it takes questions and answers none. */
  isSilent: boolean;
}

export const NOBODY_STOPPED = { experiment: "test", phase: 1, stopped: [], at: 1_000, mode: "on" };

export async function startJudge(t: TestContext, notice: unknown = NOBODY_STOPPED): Promise<StandInJudge> {
  const { url, stop } = await listen((request, response) => {
    judge.asked++;
    if (judge.isSilent) return;
    const status = request.url === "/-/stop" ? (judge.failsWith ?? 200) : 404;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(judge.notice));
  });
  t.after(stop);
  const judge: StandInJudge = { url, asked: 0, notice, failsWith: undefined, isSilent: false };
  return judge;
}
