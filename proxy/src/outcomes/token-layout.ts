import { NAME_CODE_BYTES } from "./name-code.ts";

const VERSION = 1;

/** In place of the analysis bucket, in a token whose outcomes are not counted: its answer was a fallback. */
export const UNCOUNTED_BUCKET = 255;

/** Where each field begins. All are as wide in every token; the weights come last, one byte for each variant. */
const AT = {
  version: 0,
  bucket: 1,
  phase: 2,
  issued: 4,
  score: 10,
  experiment: 18,
  variant: 26,
  label: 34,
  weights: 42,
} as const;

/** What a token says. Names are codes (name-code.ts). */
export interface Claim {
  readonly experiment: string;
  readonly phase: number;
  readonly variant: string;
  /** Effective weights in file order, in per cent, when the request was decided: its stratum. */
  readonly weights: readonly number[];
  readonly analysisBucket: number;
  /** `NO_NAME` where no label was predicted. */
  readonly label: string;
  /** Of the predicted label; without one, the number that was predicted; NaN where there is neither. */
  readonly score: number;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
}

/** Width in bytes; it depends on how many variants there are, and on nothing else. */
export function widthOf(variants: number): number {
  return AT.weights + variants;
}

/** A token's content but for what differs from request to request. */
export function draftOf(claim: Pick<Claim, "experiment" | "phase" | "variant" | "weights">): Buffer {
  const plain = Buffer.alloc(widthOf(claim.weights.length));
  plain[AT.version] = VERSION;
  plain.writeUInt16BE(claim.phase, AT.phase);
  plain.write(claim.experiment, AT.experiment, NAME_CODE_BYTES, "latin1");
  plain.write(claim.variant, AT.variant, NAME_CODE_BYTES, "latin1");
  plain.set(claim.weights, AT.weights);
  return plain;
}

/** What differs from request to request. */
export interface Rest extends Pick<Claim, "analysisBucket" | "score" | "issuedAt"> {
  /** The bytes of the label's code. */
  readonly label: Uint8Array;
}

/** Writes the rest into a draft. */
export function complete(draft: Buffer, { analysisBucket, label, score, issuedAt }: Rest): void {
  draft[AT.bucket] = analysisBucket;
  draft.writeUInt16BE(Math.floor(issuedAt / 2 ** 32), AT.issued);
  draft.writeUInt32BE(issuedAt >>> 0, AT.issued + 2);
  draft.writeDoubleBE(score, AT.score);
  // Eight bytes: a call that copies them costs more than the loop.
  for (let byte = 0; byte < NAME_CODE_BYTES; byte++) draft[AT.label + byte] = label[byte] as number;
}

/** Undefined for what was written by another version of the program. */
export function readClaim(plain: Buffer): Claim | undefined {
  if (plain.length < AT.weights || plain[AT.version] !== VERSION) return undefined;
  const code = (at: number) => plain.toString("latin1", at, at + NAME_CODE_BYTES);
  return {
    experiment: code(AT.experiment),
    phase: plain.readUInt16BE(AT.phase),
    variant: code(AT.variant),
    weights: [...plain.subarray(AT.weights)],
    analysisBucket: plain.readUInt8(AT.bucket),
    label: code(AT.label),
    score: plain.readDoubleBE(AT.score),
    issuedAt: plain.readUIntBE(AT.issued, 6),
  };
}
