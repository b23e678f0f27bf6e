import type { JudgeSettings } from "../config/analysis-config.ts";
import type { Log } from "../log.ts";
import type { StopMetrics } from "../metrics/stop-metrics.ts";
import { askJudge } from "./ask-judge.ts";
import type { StopNotice } from "./known-stops.ts";

/** Of one question; a judge that takes longer is away. */
const DEADLINE_MS = 2_000;
/** Until the configuration is looked at again that does not say to ask anybody. */
const IDLE_MS = 60_000;

export interface JudgeWatchOptions {
  /** Of the running configuration. */
  readonly settings: () => JudgeSettings;
  readonly onNotice: (notice: StopNotice) => Promise<void>;
  readonly reachable: StopMetrics["reachable"];
  readonly log: Log;
}

/** The judge that is to be asked for stops, if one is. */
export function judgeOf({ stop, url }: Pick<JudgeSettings, "stop" | "url">): string | undefined {
  return stop === "off" ? undefined : url;
}

/** Asks the judge for stops again and again, one question at a time. */
export class JudgeWatch {
  readonly #options: JudgeWatchOptions;
  readonly #ended = new AbortController();
  /** What was wrong when it was asked last; undefined while it answers, null before it was asked. */
  #problem: string | null | undefined = null;
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #isUrgent = false;

  constructor(options: JudgeWatchOptions) {
    this.#options = options;
  }

  /** Asks now, or as soon as the question that is under way is over. */
  wake(): void {
    if (this.#ended.signal.aborted) return;
    clearTimeout(this.#timer);
    if (this.#isAsking) this.#isUrgent = true;
    else void this.#look();
  }

  /** One question, for whoever waits for it; false where the judge does not answer. */
  async ask(url: string): Promise<boolean> {
    const answer = await askJudge(url, { deadlineMs: DEADLINE_MS, signal: this.#ended.signal });
    if (this.#ended.signal.aborted) return false;
    const problem = "problem" in answer ? answer.problem : undefined;
    this.#report(url, problem);
    if (!("problem" in answer)) await this.#options.onNotice(answer);
    return problem === undefined;
  }

  stop(): void {
    this.#ended.abort();
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const settings = this.#options.settings();
    const url = judgeOf(settings);
    if (url === undefined) this.#forget();
    else {
      this.#isAsking = true;
      await this.ask(url);
      this.#isAsking = false;
    }
    if (this.#ended.signal.aborted) return;
    const pauseMs = url === undefined ? IDLE_MS : settings.pollMs;
    this.#timer = setTimeout(() => void this.#look(), this.#isUrgent ? 0 : pauseMs).unref();
    this.#isUrgent = false;
  }

  /** Nobody is asked any more. */
  #forget(): void {
    this.#problem = null;
    this.#options.reachable.clear();
  }

  /** Each change once: a judge that is away for a day is no day of log lines. */
  #report(url: string, problem: string | undefined): void {
    const { reachable, log } = this.#options;
    reachable.series().value = problem === undefined ? 1 : 0;
    const before = this.#problem;
    this.#problem = problem;
    if (problem === undefined) {
      if (before !== undefined) log.info({ judge: url }, "the judge answers");
    } else if (before === undefined || before === null)
      log.warn({ judge: url, problem }, "the judge does not answer: stops stay as they are");
  }
}
