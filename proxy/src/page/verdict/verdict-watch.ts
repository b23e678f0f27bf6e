import type { ResolveName } from "../../upstream/name.ts";
import { Names } from "../names.ts";
import { askVerdict, type VerdictQuestion } from "./ask-verdict.ts";
import type { VerdictSnapshot } from "./verdict-snapshot.ts";

/** However many watch, the judge is asked this often at most: it looks once in minutes. */
const EVERY_MS = 5_000;
/** A snapshot waits for the first answer no longer than for the processes' numbers. */
const DEADLINE_MS = 1_500;

export interface VerdictSource {
  /** Of the running configuration; undefined where it names no judge. */
  readonly question: (mode: "open" | "masked") => VerdictQuestion | undefined;
  readonly resolve: ResolveName;
  readonly everyMs?: number;
}

interface Heard {
  readonly question: VerdictQuestion;
  readonly said: VerdictSnapshot;
  /** Of the monotonic clock, when it was asked. */
  readonly askedAtMs: number;
}

/** The judge's last word while somebody watches. Only who asks first, or after a reload, waits for it. */
export class VerdictWatch {
  readonly #source: VerdictSource;
  readonly #names: Names;
  readonly #calledOff = new AbortController();
  #heard: Heard | undefined;
  #asking: { readonly question: VerdictQuestion; readonly heard: Promise<VerdictSnapshot> } | undefined;

  constructor(source: VerdictSource) {
    this.#source = source;
    this.#names = new Names(source.resolve);
  }

  /** Undefined where there is no judge. Never rejects. */
  async verdict(mode: "open" | "masked"): Promise<VerdictSnapshot | undefined> {
    const question = this.#source.question(mode);
    if (question === undefined) return undefined;
    const heard =
      this.#heard !== undefined && isSame(this.#heard.question, question) ? this.#heard : undefined;
    const isOld =
      heard === undefined || performance.now() - heard.askedAtMs >= (this.#source.everyMs ?? EVERY_MS);
    const asked = isOld ? this.#ask(question) : undefined;
    return heard?.said ?? asked;
  }

  /** Calls off what is under way. */
  stop(): void {
    this.#names.stop();
    this.#calledOff.abort();
  }

  #ask(question: VerdictQuestion): Promise<VerdictSnapshot> {
    if (this.#asking !== undefined && isSame(this.#asking.question, question)) return this.#asking.heard;
    const askedAtMs = performance.now();
    const asking = {
      question,
      heard: askVerdict(question, {
        names: this.#names,
        deadlineMs: DEADLINE_MS,
        signal: this.#calledOff.signal,
      }).then((said) => {
        if (this.#asking === asking) {
          this.#asking = undefined;
          this.#heard = { question, said, askedAtMs };
        }
        return said;
      }),
    };
    this.#asking = asking;
    return asking.heard;
  }
}

function isSame(one: VerdictQuestion, other: VerdictQuestion): boolean {
  return (
    one.url === other.url &&
    one.mode === other.mode &&
    one.token === other.token &&
    one.stepMs === other.stepMs &&
    one.experiment.name === other.experiment.name &&
    one.experiment.phase === other.experiment.phase
  );
}
