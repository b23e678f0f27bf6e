import { hash } from "node:crypto";
import type { NumericBounds, OutcomeSettings } from "../config/analysis-config.ts";
import type { ProblemCode } from "../errors.ts";
import { stratumOf } from "../experiment/stratum.ts";
import type { Rejection } from "../metrics/outcome-metrics.ts";
import { OTHER_LABEL } from "./issuer.ts";
import { NO_NAME, nameCode } from "./name-code.ts";
import type { Outcome, OutcomeKey } from "./outcome.ts";
import type { Report } from "./report.ts";
import type { OpenedToken } from "./token.ts";
import { UNCOUNTED_BUCKET } from "./token-layout.ts";

/** Replicas' clocks may differ: a token from this near a future is one of now. */
const CLOCK_SKEW_MS = 60_000;

/** Why a report is not counted. No word of it depends on what a token says but for its time and its experiment. */
export interface Rejected {
  readonly reason: Rejection;
  readonly code: ProblemCode;
  readonly detail: string;
}

export interface Examined {
  /** Or why it is not counted, which is nothing that its caller may learn. */
  readonly outcome: Outcome | Uncounted;
  readonly key: OutcomeKey;
}

export type Uncounted = "unknown_variant" | "fallback";

export interface ExaminerOptions {
  readonly settings: OutcomeSettings;
  readonly experiment: string;
  /** Names by their codes: those of this configuration and of earlier ones of this process. */
  readonly variants: ReadonlyMap<string, string>;
  open(token: string): OpenedToken | undefined;
  now(): number;
}

/** Tell a rejection by `"code" in` it. */
export type Examine = (report: Report) => Examined | Rejected;

export function createExaminer({ settings, experiment, variants, open, now }: ExaminerOptions): Examine {
  const experimentCode = nameCode(experiment);
  const labels = new Map([...settings.labels, OTHER_LABEL].map((label) => [nameCode(label), label]));
  const bounds = new Map<string, NumericBounds>(settings.numeric.map((one) => [one.name, one]));
  const allowed = [...settings.plain, ...bounds.keys()];

  return (report) => {
    const opened = open(report.token);
    if (opened === undefined)
      return reject(
        "token_invalid",
        "The token is none of this gateway's: send all of X-Outcome-Token, as it came.",
      );
    const { claim } = opened;
    const ageMs = now() - claim.issuedAt;
    if (ageMs < -CLOCK_SKEW_MS)
      return reject("from_future", "The token was given in the future: set the clocks of the gateways.");
    if (ageMs > settings.maxAgeMs)
      return reject(
        "expired",
        `The token is older than ${settings.maxAgeMs / 1000} s (outcomes.max_age): report outcomes earlier.`,
      );
    if (claim.experiment !== experimentCode)
      return reject("other_experiment", "The token is of an experiment that does not run here any more.");
    if (report.id !== undefined && settings.key === undefined)
      return reject(
        "id_not_allowed",
        "Ids of your own are taken where reports have a key (outcomes.key): leave id out, a token has each outcome once.",
      );
    const value = readValue(report, opened);
    if ("code" in value) return value;
    const key = keyOf(report, opened, claim.issuedAt + settings.maxAgeMs);
    if (claim.analysisBucket === UNCOUNTED_BUCKET) return { outcome: "fallback", key };
    const variant = variants.get(claim.variant);
    if (variant === undefined) return { outcome: "unknown_variant", key };
    const outcome: Outcome = {
      experiment,
      phase: claim.phase,
      stratum: stratumOf(claim.weights),
      variant,
      analysisBucket: claim.analysisBucket,
      name: report.outcome,
      amount: undefined,
      labels: undefined,
      ratingError: undefined,
      delaySeconds: Math.max(0, ageMs) / 1000,
      ...value,
    };
    return { outcome, key };
  };

  /** What the outcome's value adds, if it is one that is allowed. */
  function readValue(
    { outcome, value }: Report,
    { claim }: OpenedToken,
  ): Rejected | Partial<Pick<Outcome, "amount" | "labels" | "ratingError">> {
    const numeric = bounds.get(outcome);
    if (numeric !== undefined) {
      if (typeof value !== "number" || !(value >= numeric.min && value <= numeric.max))
        return reject(
          "value_invalid",
          `${outcome} needs a number from ${numeric.min} to ${numeric.max} as value (outcomes.allowed).`,
        );
      const isPredicted = outcome === "rating" && claim.label === NO_NAME && Number.isFinite(claim.score);
      return { amount: value - numeric.min, ratingError: isPredicted ? claim.score - value : undefined };
    }
    if (!(settings.plain as readonly string[]).includes(outcome))
      return reject(
        "not_allowed",
        `This outcome is not taken: send one of ${allowed.join(", ")} (outcomes.allowed).`,
      );
    if (outcome === "true_label") return readLabel(value, claim.label);
    if (value !== undefined) return reject("value_invalid", `${outcome} has no value: leave it out.`);
    return {};
  }

  function readLabel(value: Report["value"], code: string): Rejected | Pick<Outcome, "labels"> {
    const truth = typeof value === "string" ? value.trim().toLowerCase() : undefined;
    if (truth === undefined || !settings.labels.includes(truth))
      return reject(
        "unknown_label",
        `true_label needs one of ${settings.labels.join(", ")} as value (outcomes.labels).`,
      );
    if (code === NO_NAME)
      return reject(
        "no_prediction",
        "The answer of this token had no single predicted label (batches have none, nor have services that do not send one): report true_label for single predictions.",
      );
    return { labels: { truth, predicted: labels.get(code) ?? OTHER_LABEL } };
  }
}

function reject(reason: Exclude<Rejection, Uncounted | "duplicate">, detail: string): Rejected {
  return { reason, code: CODES[reason], detail };
}

const CODES = {
  malformed: "outcome_malformed",
  token_invalid: "outcome_token_invalid",
  expired: "outcome_expired",
  from_future: "outcome_from_future",
  id_not_allowed: "outcome_id_not_allowed",
  other_experiment: "outcome_other_experiment",
  not_allowed: "outcome_not_allowed",
  value_invalid: "outcome_value_invalid",
  unknown_label: "outcome_unknown_label",
  no_prediction: "outcome_no_prediction",
  conflict: "outcome_conflict",
  busy: "outcomes_busy",
  not_stored: "outcomes_not_stored",
} as const satisfies Record<string, ProblemCode>;

/**
 * A token has each outcome once; `correct` and `incorrect` are one, and whoever said one and then the other contradicts
 * itself. Numbers (several purchases after one answer) are told apart by the ids of callers with a key, which mean nothing
 * to other tokens: nobody can use up somebody else's, and nobody without the key can report without end.
 */
function keyOf({ outcome, value, id }: Report, { nonce }: OpenedToken, expiresAt: number): OutcomeKey {
  const what = outcome === "incorrect" ? "correct" : outcome;
  const told = typeof value === "number" && id !== undefined ? id : "";
  const digest = hash("sha256", Buffer.concat([nonce, Buffer.from(`${what}\0${told}`)]), "buffer");
  const said = typeof value === "string" ? value.trim().toLowerCase() : value;
  return { digest, value: hash("sha256", `${outcome}\0${said}`, "buffer").readUInt32BE(0), expiresAt };
}
