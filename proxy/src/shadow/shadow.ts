import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Config } from "../config/config.ts";
import type { ShadowMetrics } from "../metrics/shadow-metrics.ts";
import type { Prediction } from "../outcomes/prediction.ts";
import type { VariantUpstreams } from "../upstream/variant-upstreams.ts";
import { Candidate, type ShadowedRequest } from "./candidate.ts";
import { sampleContent } from "./sample-content.ts";
import type { ShadowBook } from "./shadow-book.ts";
import { ShadowCall, type ShadowEnd } from "./shadow-call.ts";
import { ShadowRecord } from "./shadow-record.ts";

/** A model that takes longer is no candidate; a place that it held longer would drop others. */
const DEADLINE_MS = 10_000;
/**
 * A shadow leaves a random moment after its caller's answer. At once, it would meet the caller's next request, and it
 * would do so only for callers of the other variants: their requests would look slower.
 */
const LATEST_START_MS = 50;

export interface ShadowOptions {
  readonly config: Config;
  /** Of the shadow variant. */
  readonly upstreams: VariantUpstreams;
  readonly metrics: ShadowMetrics;
  readonly book: ShadowBook;
  /** Uniform from 0 to 1. */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What the request side knows of an answer that begins. */
export interface Served {
  /** Name of the variant that answers. */
  readonly variant: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** -1 for requests that are no part of the experiment. */
  readonly analysisBucket: number;
}

/** The request as its own variant gets it. */
export interface ForwardedCall {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly body: Buffer | Readable | null;
}

/**
 * Sends a share of the requests to a second variant too, when their callers have their answers. It takes no place of
 * real requests, and gives way to them: what would have to wait is dropped.
 */
export class Shadow {
  /** Name of the variant that gets the requests. */
  readonly variant: string;
  readonly #settings: NonNullable<Config["shadow"]>;
  readonly #upstreams: VariantUpstreams;
  readonly #book: ShadowBook;
  readonly #record: ShadowRecord;
  readonly #random: () => number;
  readonly #now: () => number;
  readonly #deadlineMs: number;
  readonly #calls = new Set<ShadowCall>();
  readonly #starting = new Set<NodeJS.Timeout>();
  #isStopped = false;

  constructor(settings: NonNullable<Config["shadow"]>, options: ShadowOptions) {
    const { config, upstreams, metrics, book, random, now } = options;
    const { connectTimeoutMs, firstByteTimeoutMs } = config.upstream;
    this.variant = settings.variant;
    this.#settings = settings;
    this.#upstreams = upstreams;
    this.#book = book;
    this.#record = new ShadowRecord(metrics, book, config, settings.variant);
    this.#random = random;
    this.#now = now;
    this.#deadlineMs = Math.min(DEADLINE_MS, connectTimeoutMs + firstByteTimeoutMs);
  }

  /** Calls and those about to be made, of this generation. */
  get inFlight(): number {
    return this.#calls.size + this.#starting.size;
  }

  /** Whether the request whose answer begins is one for the shadow variant too; undefined if not. */
  choose(call: ForwardedCall, served: Served): Candidate | undefined {
    const { status, variant, headers, analysisBucket } = served;
    const { body } = call;
    if (analysisBucket < 0 || variant === this.variant || status < 200 || status > 299) return undefined;
    // A body that streams through is nowhere whole.
    if (!(body === null || Buffer.isBuffer(body)) || this.#random() >= this.#settings.ratio) return undefined;
    return new Candidate({ ...call, body, variant }, headers, (candidate) => this.#enter(candidate));
  }

  /** From now on nothing is sent, and what is under way is ended: nobody waits for it. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#starting) {
      clearTimeout(timer);
      this.#record.dropped();
      this.#record.inFlight.value--;
    }
    this.#starting.clear();
    for (const call of [...this.#calls]) call.abort("the configuration was replaced");
  }

  #enter(candidate: Candidate): void {
    const { inFlight } = this.#record;
    // Together with those of other generations.
    if (this.#isStopped || inFlight.value >= this.#settings.maxInFlight) return this.#record.dropped();
    inFlight.value++;
    const timer = setTimeout(
      () => {
        this.#starting.delete(timer);
        this.#send(candidate);
      },
      Math.floor(this.#random() * LATEST_START_MS),
    );
    this.#starting.add(timer);
  }

  #send(candidate: Candidate): void {
    const upstream = this.#upstreams.admission.isHalfFull ? undefined : this.#upstreams.pick();
    if (upstream === undefined) {
      this.#record.inFlight.value--;
      return this.#record.dropped();
    }
    const call = new ShadowCall(upstream, this.#deadlineMs, (end) => {
      this.#calls.delete(call);
      this.#record.inFlight.value--;
      this.#ended(candidate, end);
    });
    this.#calls.add(call);
    call.send(candidate.request);
  }

  #ended(candidate: Candidate, { isAnswered, prediction }: ShadowEnd): void {
    if (!isAnswered) return this.#isStopped ? this.#record.dropped() : this.#record.failed();
    this.#record.answered();
    const served = candidate.prediction();
    // A number has no label: there is nothing to agree on.
    if (served === undefined || prediction === undefined || served.label === "" || prediction.label === "")
      return;
    this.#record.predicted(candidate.request.variant, served.label, prediction.label);
    if (served.label !== prediction.label) this.#disagreed(candidate.request, served, prediction);
  }

  #disagreed(request: ShadowedRequest, served: Prediction, shadow: Prediction): void {
    this.#book.add(
      {
        at: this.#now(),
        request: this.#book.disagreements.hash(request.body ?? request.target),
        served: { variant: request.variant, ...served },
        shadow: { variant: this.variant, ...shadow },
      },
      () => sampleContent(request),
    );
  }
}
