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
  /** Why a notice must not be heeded, in one sentence. */
  readonly refuse: (notice: StopNotice) => string | undefined;
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
  /** How it was when it was asked last; undefined before. */
  #state: "answers" | "silent" | "refused" | undefined;
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

  /** One question, for whoever waits for it; false where the judge gives no answer that can be heeded. */
  async ask(url: string): Promise<boolean> {
    const answer = await askJudge(url, { deadlineMs: DEADLINE_MS, signal: this.#ended.signal });
    if (this.#ended.signal.aborted) return false;
    if ("problem" in answer) {
      this.#report(url, "silent", answer.problem);
      return false;
    }
    const problem = this.#options.refuse(answer);
    this.#report(url, problem === undefined ? "answers" : "refused", problem);
    if (problem === undefined) await this.#options.onNotice(answer);
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
    this.#state = undefined;
    this.#options.reachable.clear();
  }

  /** Each change once: a judge that is away for a day is no day of log lines. */
  #report(url: string, state: "answers" | "silent" | "refused", problem: string | undefined): void {
    const { reachable, log } = this.#options;
    reachable.series().value = state === "answers" ? 1 : 0;
    if (state === this.#state) return;
    this.#state = state;
    if (state === "answers") log.info({ judge: url }, "the judge answers");
    else if (state === "silent")
      log.warn({ judge: url, problem }, "the judge does not answer: stops stay as they are");
    else log.error({ judge: url, problem }, "what the judge says is refused: stops stay as they are");
  }
}
