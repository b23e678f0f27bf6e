import type { Config } from "../config/config.ts";
import { fingerprintOf, lettersOf } from "../experiment/letters.ts";
import type { StopNotice } from "./known-stops.ts";

type OfLetters = Pick<Config, "admin" | "experiment" | "variants">;

/**
 * Why a notice must not be heeded: to the judge its letters may mean others. One sentence with the remedy; undefined
 * where they mean the same, where it is of another experiment or phase, and of a judge that does not say.
 */
export function findDisagreement(notice: StopNotice, config: OfLetters): string | undefined {
  if (!isOfPhase(notice, config)) return undefined;
  const ours = fingerprintOf(config);
  if (notice.fingerprint === undefined || notice.fingerprint === ours) return undefined;
  return `Its letters are of other variants than here (fingerprint ${notice.fingerprint}, here ${ours}): give the judge and every gateway the same admin.token, experiment.salt and names of variants.`;
}

/** Letters of a notice that stop nobody here, though they should: those that no treatment has. */
export function findStrangers(notice: StopNotice, config: OfLetters): readonly string[] {
  if (!isOfPhase(notice, config)) return [];
  const letters = lettersOf(config);
  const treatments = config.variants.flatMap(({ name, control }) => (control ? [] : [letters.get(name)]));
  return notice.stopped.filter((letter) => !treatments.includes(letter));
}

function isOfPhase({ experiment, phase }: StopNotice, config: OfLetters): boolean {
  return experiment === config.experiment.name && phase === config.experiment.phase;
}
