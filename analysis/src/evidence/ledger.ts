import { Account } from "./account.ts";
import { blockMsOf, epochMsOf } from "./calendar.ts";
import { EXPOSURES } from "./cell.ts";
import type { Evidence } from "./evidence.ts";
import { featureSpaceOf } from "./feature.ts";
import {
  contaminatedOf,
  createGatewayReader,
  deltasOf,
  type GatewayCounts,
  type GatewayReader,
  shadowPairsOf,
} from "./gateway-counts.ts";
import { JournalBook } from "./journal-book.ts";
import {
  type LedgerState,
  ledgerState,
  STATE_VERSION,
  stateOfGateway,
  stateOfJournal,
  stateToGateway,
  stateToJournal,
} from "./ledger-state.ts";
import { MissingSteps } from "./missing-steps.ts";
import type { Plan } from "./plan.ts";
import type { ProcessReading, Reading } from "./reading.ts";
import { WorkerBook } from "./worker-book.ts";

/** Gateways that went are remembered in case they come back, the last read longest. */
const MOST_GATEWAYS = 1000;

export interface KnownGateway {
  readonly counts: GatewayCounts;
  readonly readAt: number;
  readonly instance: string | undefined;
}

/**
 * Adds up what the processes count. Only the plan's experiment and phase are kept. A gateway that was never read before
 * counts from 0, even if it was running already when the judge began: all that it counted under the phase's label is of
 * the phase.
 */
export class Ledger {
  readonly #plan: Plan;
  readonly #read: GatewayReader;
  readonly #space: ReturnType<typeof featureSpaceOf>;
  readonly #gateways = new Map<string, KnownGateway>();
  readonly #journals: JournalBook;
  readonly #totals = new Map<string, number>();
  readonly #workers = new WorkerBook();
  readonly #missing: MissingSteps;
  readonly #account: Account;
  #epoch: { number: number; account: Account };
  #configHashes: readonly string[] = [];
  #at: number | null = null;
  #since: number | null = null;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#read = createGatewayReader(plan);
    this.#space = featureSpaceOf(plan);
    this.#journals = new JournalBook(plan.variants.length);
    this.#missing = new MissingSteps(plan.stepMs);
    this.#account = new Account(plan, this.#space);
    this.#epoch = { number: 0, account: new Account(plan, this.#space) };
  }

  /**
   * A reading that is not later than the last was taken already, and changes nothing.
   *
   * @returns whether a gateway has begun anew, so that nobody else knows any more what it had counted
   */
  take({ at, processes }: Reading): boolean {
    if (this.#at !== null && at <= this.#at) return false;
    let hasRestarted = false;
    this.#turnPages(at);
    this.#missing.begin(at);
    const hashes = new Set<string>();
    for (const reading of processes)
      if (reading.tier === "gateway") {
        const taken = this.#takeGateway(reading, at);
        hasRestarted ||= taken.hasRestarted;
        for (const hash of taken.configHashes) hashes.add(hash);
      }
    this.#workers.take(processes.filter(({ tier }) => tier === "worker"));
    if (hashes.size > 0) this.#configHashes = [...hashes].sort((one, other) => (one < other ? -1 : 1));
    this.#forgetGateways();
    this.#at = at;
    return hasRestarted;
  }

  /** Of the last reading that was taken. */
  get readAt(): number | null {
    return this.#at;
  }

  get evidence(): Evidence {
    const at = this.#at;
    return {
      at,
      since: this.#since,
      account: this.#account,
      epoch: this.#epoch,
      configHashes: this.#configHashes,
      contaminated: contaminatedOf(this.#totals),
      shadow: shadowPairsOf(this.#totals),
      workers: this.#plan.variants.map(({ name }) => this.#workers.of(name)),
      missing: this.#missing.at(at ?? 0),
    };
  }

  /** Ends blocks and epochs that are over before the step that ends at `at`. */
  #turnPages(at: number): void {
    if (this.#at === null) return;
    const blockMs = blockMsOf(this.#plan);
    if (Math.ceil(at / blockMs) !== Math.ceil(this.#at / blockMs)) {
      this.#account.closeBlock();
      this.#epoch.account.closeBlock();
    }
    if (this.#since === null) return;
    // A step belongs to the epoch that it began in.
    const number = Math.floor((at - this.#plan.stepMs - this.#since) / epochMsOf(this.#plan));
    if (number > this.#epoch.number) this.#epoch = { number, account: new Account(this.#plan, this.#space) };
  }

  #takeGateway({ process, instance, samples }: ProcessReading, at: number) {
    const known = this.#gateways.get(process);
    if (samples === undefined) {
      this.#missing.unread(known?.readAt ?? this.#at ?? at - this.#plan.stepMs);
      return { hasRestarted: false, configHashes: [] };
    }
    const counts = this.#read(samples);
    const isAnew = known?.instance !== undefined && instance !== undefined && known.instance !== instance;
    const before = isAnew ? undefined : known?.counts;
    const outcomes =
      counts.journal === undefined
        ? undefined
        : this.#journals.take(counts.journal, { process, at, counts, before });
    const deltas = deltasOf(counts, known?.counts, { isAnew, outcomes });
    if (deltas.hasRestarted && known !== undefined) this.#missing.restarted(known.readAt, at);
    for (const { stratum, variant, cell, deltas: added } of deltas.buckets) {
      if (cell === EXPOSURES) this.#since ??= stepBefore(at, this.#plan.stepMs);
      this.#account.add(stratum, variant, cell, added);
      this.#epoch.account.add(stratum, variant, cell, added);
    }
    for (const [key, delta] of deltas.totals) this.#totals.set(key, (this.#totals.get(key) ?? 0) + delta);
    this.#gateways.delete(process);
    this.#gateways.set(process, { counts, readAt: at, instance: instance ?? known?.instance });
    return { hasRestarted: deltas.hasRestarted, configHashes: counts.configHashes };
  }

  #forgetGateways(): void {
    for (const process of this.#gateways.keys()) {
      if (this.#gateways.size <= MOST_GATEWAYS) return;
      this.#gateways.delete(process);
    }
  }

  toJSON(): LedgerState {
    const plan = this.#plan;
    return {
      version: STATE_VERSION,
      experiment: plan.experiment,
      phase: plan.phase,
      variants: plan.variants.map(({ name }) => name),
      stepMs: plan.stepMs,
      features: [...this.#space.names],
      at: this.#at,
      since: this.#since,
      configHashes: [...this.#configHashes],
      account: this.#account.toJSON(),
      epoch: { number: this.#epoch.number, account: this.#epoch.account.toJSON() },
      totals: [...this.#totals],
      gateways: [...this.#gateways].map(([process, known]) => stateOfGateway(process, known)),
      journals: [...this.#journals.entries()].map(([journal, known]) => stateOfJournal(journal, known)),
      workers: this.#workers.toJSON(),
      missing: this.#missing.toJSON(),
    };
  }

  /**
   * @returns undefined where the state is none, or of another experiment, phase, step or kind of analysis: then the
   * ledger begins anew
   */
  static fromJSON(plan: Plan, value: unknown): Ledger | undefined {
    const state = ledgerState.safeParse(value).data;
    const ledger = new Ledger(plan);
    if (state === undefined || !ledger.#fits(state)) return undefined;
    ledger.#at = state.at;
    ledger.#since = state.since;
    ledger.#configHashes = state.configHashes;
    ledger.#epoch = { number: state.epoch.number, account: ledger.#epoch.account };
    try {
      ledger.#account.restore(state.account);
      ledger.#epoch.account.restore(state.epoch.account);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
    for (const [key, total] of state.totals) ledger.#totals.set(key, total);
    for (const gateway of state.gateways)
      ledger.#gateways.set(gateway.process, stateToGateway(gateway, plan.variants.length));
    for (const journal of state.journals)
      ledger.#journals.restore(journal.journal, stateToJournal(journal, plan.variants.length));
    ledger.#workers.restore(state.workers);
    ledger.#missing.restore(state.missing);
    return ledger;
  }

  /**
   * For evidence that cannot be gone on from, such as one of another step: all counts are taken anew, but the phase began
   * when it did.
   *
   * @param now milliseconds since 1970; a clock that was ahead may have said any other
   */
  static beginAnew(plan: Plan, value: unknown, now: number): Ledger {
    const { data } = ledgerState.pick({ experiment: true, phase: true, since: true }).safeParse(value);
    const ledger = new Ledger(plan);
    const isOfPhase = data?.experiment === plan.experiment && data.phase === plan.phase;
    if (isOfPhase && data.since !== null && data.since <= now) ledger.#since = data.since;
    return ledger;
  }

  #fits(state: LedgerState): boolean {
    const { experiment, phase, variants, stepMs } = this.#plan;
    return (
      state.experiment === experiment &&
      state.phase === phase &&
      state.stepMs === stepMs &&
      isEqual(
        state.variants,
        variants.map(({ name }) => name),
      ) &&
      isEqual(state.features, this.#space.names)
    );
  }
}

/** Begin of the step that `at` lies in, or ends. */
function stepBefore(at: number, stepMs: number): number {
  return (Math.ceil(at / stepMs) - 1) * stepMs;
}

function isEqual(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((text, index) => text === right[index]);
}
