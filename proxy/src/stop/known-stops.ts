import type { Config } from "../config/config.ts";
import { lettersOf } from "../experiment/letters.ts";

/** What the judge says: whom it has stopped, by letter, in one phase of one experiment. */
export interface StopNotice {
  readonly experiment: string;
  readonly phase: number;
  readonly stopped: readonly string[];
  /** Milliseconds since 1970; absent before it has looked at anything. */
  readonly at?: number | null | undefined;
  /** Of its letters, see `fingerprintOf`; absent from judges that do not say. */
  readonly fingerprint?: string | undefined;
}

/** A variant that was stopped. */
export interface KnownStop {
  readonly experiment: string;
  readonly phase: number;
  readonly variant: string;
  /** When the judge said so first, in milliseconds since 1970. */
  readonly at: number;
}

/** More are of phases long past. */
const MOST = 100;

/**
 * The stops that were heard of. A stop holds for its phase: no later notice takes it back, so that a judge that lost its
 * state sends nobody to a variant that fails.
 */
export class KnownStops {
  #stops: readonly KnownStop[] = [];

  get all(): readonly KnownStop[] {
    return this.#stops;
  }

  /** Adds what is new of `stops`, and returns it. */
  add(stops: readonly KnownStop[]): readonly KnownStop[] {
    const added = stops.filter((stop) => !this.#stops.some((known) => isSame(known, stop)));
    this.#stops = [...this.#stops, ...added].slice(-MOST);
    return added;
  }

  /** What a configuration has to heed, the first that was stopped first. The control never is. */
  of({ experiment, variants }: Pick<Config, "experiment" | "variants">): readonly KnownStop[] {
    const { name, phase } = experiment;
    const treatments = new Set(variants.flatMap((variant) => (variant.control ? [] : [variant.name])));
    return this.#stops.filter(
      (stop) => stop.experiment === name && stop.phase === phase && treatments.has(stop.variant),
    );
  }
}

/**
 * The stops of a notice; none where it is of another experiment or phase. Letters that nobody has, and the control's,
 * are left out.
 *
 * @param now milliseconds since 1970
 */
export function readNotice(
  notice: StopNotice,
  config: Pick<Config, "admin" | "experiment" | "variants">,
  now: number,
): readonly KnownStop[] {
  const { name, phase } = config.experiment;
  if (notice.experiment !== name || notice.phase !== phase) return [];
  const letters = lettersOf(config);
  return config.variants.flatMap((variant) =>
    !variant.control && notice.stopped.includes(letters.get(variant.name) ?? "")
      ? [{ experiment: name, phase, variant: variant.name, at: notice.at ?? now }]
      : [],
  );
}

/** Whether two stops are of one variant in one phase. */
export function isSame(one: KnownStop, other: KnownStop): boolean {
  return one.experiment === other.experiment && one.phase === other.phase && one.variant === other.variant;
}
