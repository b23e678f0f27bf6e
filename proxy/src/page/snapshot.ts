import type { VerdictSnapshot } from "./verdict/verdict-snapshot.ts";

/*
 * Where the page's files are, all on the admin listener; index.html names them relatively ("page/start.ts"):
 *
 *   GET /                  browser/index.html
 *   GET /page/NAME         browser/NAME, one flat folder: *.css, *.svg, and *.ts with the types stripped (text/javascript;
 *                          not *.test.ts). Imports keep their suffix: `import { x } from "./x.ts"`
 *   GET /page/moves.ts     experiment/moves.ts, where code says `from "../../experiment/moves.ts"`
 *   GET /page/uplot.js     the package's ES module, where code says `from "uplot"`; its style sheet is /page/uplot.css
 *   GET /page/preact.js    the package's ES module, where code says `from "preact"`
 *   GET /page/snapshot     the JSON below; 401 where it asks for admin.token (`Authorization: Bearer TOKEN`)
 *
 * `import type` may name anything, nothing else may be imported. Inline scripts and inline styles (`style="…"` too) are
 * forbidden by the content security policy; `element.style.x = …` in code is not.
 */

/**
 * What the live page is told: `GET /page/snapshot`. Numbers are counters since each process began, never rates: the
 * page takes differences between two snapshots, so that the gateway keeps nothing for it. Whoever asks within the same
 * second gets the same one.
 */
export type Snapshot = OpenSnapshot | MaskedSnapshot;

/** For operators: every process with its own counters, so that a restart of one is seen as one. */
export interface OpenSnapshot {
  readonly masked: false;
  /** When it was taken, milliseconds since 1970. */
  readonly at: number;
  readonly experiment: { readonly name: string; readonly phase: number };
  /** In file order; of the gateway that answers, as are the weights. */
  readonly variants: readonly VariantFacts[];
  /** The one that answers is the first. */
  readonly gateways: readonly GatewaySnapshot[];
  readonly workers: readonly WorkerSnapshot[];
  /** Of the gateway that answers, newest first. */
  readonly reloads: readonly ReloadFacts[];
  /** Undefined where the configuration names no judge (judge.url). */
  readonly verdict?: VerdictSnapshot | undefined;
}

export interface VariantFacts {
  readonly name: string;
  readonly role: "control" | "treatment";
  /** Percent of the buckets. */
  readonly weight: number;
}

export interface ReloadFacts {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly result: string;
  readonly trigger: string;
  /** Empty where it was accepted. */
  readonly problems: readonly string[];
}

/** A process that was asked; `problem` says why its numbers are not there. */
interface Asked {
  /** Address and port that were asked: a name with several addresses is several processes. */
  readonly address: string;
  /** For people, one sentence; undefined where it answered. */
  readonly problem?: string | undefined;
}

export interface GatewaySnapshot extends Asked {
  /**
   * Drawn by the process when it began: another one is another process, at whatever address. Of one that is silent, the
   * one that last answered there; undefined where none ever did.
   */
  readonly instance?: string | undefined;
  readonly numbers?:
    | {
        readonly configHash: string;
        readonly lastReloadSuccessful: boolean;
        readonly residentBytes: number;
        readonly eventLoopP99Seconds: number;
        readonly variants: Readonly<Record<string, GatewayVariantNumbers>>;
      }
    | undefined;
}

export interface GatewayVariantNumbers {
  /** Percent of the buckets; another one than the variant's where this gateway runs an older configuration. */
  readonly weight: number;
  /** Requests that ended, by HTTP status; statuses that never came are left out. */
  readonly requests: Readonly<Record<string, number>>;
  /** Hashed decisions, of every phase. */
  readonly assignments: number;
  /** What the weights predict of the decisions of the running phase. */
  readonly expectedAssignments: number;
  /** Answers whose first byte left, of the running phase. */
  readonly exposures: number;
  readonly inFlight: number;
  readonly upstreamsHealthy: number;
  readonly upstreams: number;
  /** Of answers with status 200, as callers waited for them. */
  readonly duration: HistogramNumbers;
}

export interface WorkerSnapshot extends Asked {
  readonly variant: string;
  /** Beside a problem: it answered all the same, only nothing that can be shown; a service that is no worker of ours. */
  readonly hasAnswered?: boolean | undefined;
  readonly numbers?: WorkerNumbers | undefined;
}

/** Of a service that is no worker of ours, what it does not say is left out. */
export interface WorkerNumbers {
  /** Predictions by HTTP status, then by label; labels that the model has are there with 0 under 200. */
  readonly predictions: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly inference?: HistogramNumbers | undefined;
  readonly queueDepth?: number | undefined;
  readonly queueLimit?: number | undefined;
  /** Seconds in model runs. */
  readonly busySeconds?: number | undefined;
  readonly batches?: number | undefined;
  readonly batchedSequences?: number | undefined;
  readonly residentBytes?: number | undefined;
  readonly memoryLimitBytes?: number | undefined;
  /** When the process began, seconds since 1970: another value is another process, whose counters began at 0. */
  readonly startedAtSeconds?: number | undefined;
  /** Shares of the labels in the reference data; empty where the model has none. */
  readonly labelBaseline: Readonly<Record<string, number>>;
  readonly baselineSamples?: number | undefined;
}

export interface HistogramNumbers {
  /** Upper bounds in seconds, ascending, +Inf left out. */
  readonly bounds: readonly number[];
  /** Observations up to each bound; one longer than `bounds`: the last is all of them. */
  readonly cumulated: readonly number[];
  readonly sum: number;
}

/**
 * For whoever must stay blind (`admin.page: masked`): the variants are X and Y, in an order that the token and the
 * salt decide and the file does not. Made anew every five minutes at most. Shares are coarse, stay until they are clearly others, and
 * are there for all variants or for none, so that neither a count nor a caller's own requests can be read out of them.
 */
export interface MaskedSnapshot {
  readonly masked: true;
  /** When it was taken, and when the next one may be; milliseconds since 1970. */
  readonly at: number;
  readonly nextAt: number;
  readonly experiment: { readonly name: string; readonly phase: number };
  /** Requests of all variants together since the gateways began, to two significant digits. */
  readonly requests: number;
  /** Every variant has a healthy upstream. */
  readonly isAvailable: boolean;
  /** Sorted by name; all of the file, whatever their weights. */
  readonly variants: readonly MaskedVariant[];
  /** Newest first. */
  readonly reloads: readonly Pick<ReloadFacts, "at" | "result">[];
  /** The judge's masked one, a few seconds old; undefined where the configuration names no judge. */
  readonly verdict?: VerdictSnapshot | undefined;
}

export interface MaskedVariant {
  /** X, Y, then Z, W …. */
  readonly name: string;
  /** Between which two the share of 5xx among all answers is, 0 to 1; absent until every variant has 5,000 answers. */
  readonly errorShare?: { readonly atLeast: number; readonly below: number } | undefined;
  /**
   * Shares among the labels that every variant has, 0 to 1 in steps of 0.05, so that they need not add up to 1; empty
   * until every variant has 5,000 such predictions.
   */
  readonly labelShares: Readonly<Record<string, number>>;
}
