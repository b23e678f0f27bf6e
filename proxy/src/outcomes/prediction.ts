/** What a worker says of its answer in a header of the way between the tiers; it never reaches a caller. */
export const PREDICTION_HEADER = "x-blindsplit-prediction";

/** A label has at most 63 characters, each of at most 12 when percent-encoded. */
const LONGEST = 800;

export interface Prediction {
  /** Empty for a number: then `score` is what was predicted. */
  readonly label: string;
  /** NaN where it is none. */
  readonly score: number;
}

/** Reads `label;score`, the label percent-encoded; undefined for anything else. */
export function readPrediction(value: string): Prediction | undefined {
  const end = value.indexOf(";");
  if (end < 0 || value.length > LONGEST) return undefined;
  const encoded = value.slice(0, end);
  const label = PLAIN.test(encoded) ? encoded : decode(encoded);
  if (label === undefined) return undefined;
  const number = value.slice(end + 1);
  const score = number === "" ? Number.NaN : Number(number);
  if (label === "" && !Number.isFinite(score)) return undefined;
  return { label, score: Number.isFinite(score) ? score : Number.NaN };
}

const PLAIN = /^[a-z0-9_.~-]*$/;

/** As labels are compared: in lower case. */
function decode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded).toLowerCase();
  } catch {
    return undefined;
  }
}
