import type { Config } from "../config/config.ts";
import { findCookie } from "./cookie-header.ts";
import { createSigner, type Signer } from "./signature.ts";

/** What a force token says: whoever carries it gets this variant of this experiment until then. */
export interface ForceClaim {
  readonly experiment: string;
  readonly variant: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export type ForceFlaw = "malformed" | "bad_signature" | "expired" | "unknown_variant" | "other_experiment";

export interface Forced {
  /** Position among the variants. */
  readonly variant: number;
}

/** Tell it from a `Forced` by `"flaw" in`. */
export interface BadForce {
  readonly flaw: ForceFlaw;
  /** Says what is wrong and the remedy; never the token. */
  readonly detail: string;
}

export interface Force {
  read(token: string): Forced | BadForce;
}

/** Names are at most 63 characters, so that a token of ours has some 300. */
const LONGEST_TOKEN = 1024;
const TOKEN = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;
const ANOTHER = "make another with force-token";

/**
 * Reads the force tokens of one configuration, for testers who must meet a certain variant. Undefined where none
 * are taken. A token is a secret for as long as it lives: whoever has it can use it.
 */
export function createForce(
  force: Config["force"],
  experiment: string,
  variantNames: readonly string[],
  { now }: { readonly now: () => number },
): Force | undefined {
  if (force === undefined) return undefined;
  const signer = signerOf(force.secrets);
  return {
    read(token) {
      const [, payload, signature] = token.length > LONGEST_TOKEN ? [] : (TOKEN.exec(token) ?? []);
      if (payload === undefined || signature === undefined) return malformed();
      if (signer.findSecret(payload, signature) === -1)
        return {
          flaw: "bad_signature",
          detail: `The force token was not signed with a secret of this gateway (force.secret): ${ANOTHER}, from its configuration.`,
        };
      const claim = readClaim(payload);
      if (claim === undefined) return malformed();
      const agoMs = now() - claim.expiresAt;
      if (agoMs >= 0)
        return { flaw: "expired", detail: `The force token expired ${spell(agoMs)} ago: ${ANOTHER}.` };
      if (claim.experiment !== experiment)
        return {
          flaw: "other_experiment",
          detail: `The force token is for the experiment "${claim.experiment}", which does not run here: ${ANOTHER}.`,
        };
      const variant = variantNames.indexOf(claim.variant);
      if (variant === -1)
        return {
          flaw: "unknown_variant",
          detail: `The force token is for the variant "${claim.variant}", which this experiment does not have: ${ANOTHER}.`,
        };
      return { variant };
    },
  };
}

/** The token of `claim`, for the header or the cookie that the configuration names. */
export function signForceToken({ experiment, variant, expiresAt }: ForceClaim, secret: string): string {
  const claim = JSON.stringify({ experiment, variant, expires_at_ms: expiresAt });
  const payload = Buffer.from(claim).toString("base64url");
  return `${payload}.${signerOf([secret]).sign(payload)}`;
}

/**
 * The token that a request carries: of the header, else of the first cookie of that name that is not empty.
 * A header that is empty or was repeated gives what no token is, so that it is noticed.
 */
export function readForceToken(
  headerValues: readonly string[],
  cookieHeaders: readonly string[],
  name: string,
): string | undefined {
  const [header] = headerValues;
  if (header !== undefined) return headerValues.length === 1 ? header.trim() : "";
  if (cookieHeaders.length === 0) return undefined;
  return findCookie(cookieHeaders, `${name}=`, (value) => (value === "" ? undefined : value));
}

/** The context keeps a session's signature from being a token's where both have the same secret. */
function signerOf(secrets: readonly string[]): Signer {
  return createSigner({ secrets, context: "blindsplit force token 1:", bytes: 32 });
}

function readClaim(payload: string): ForceClaim | undefined {
  let claim: unknown;
  try {
    claim = JSON.parse(Buffer.from(payload, "base64url").toString());
  } catch {
    return undefined;
  }
  if (typeof claim !== "object" || claim === null) return undefined;
  const { experiment, variant, expires_at_ms: expiresAt } = claim as Record<string, unknown>;
  if (typeof experiment !== "string" || typeof variant !== "string" || typeof expiresAt !== "number")
    return undefined;
  return { experiment, variant, expiresAt };
}

function malformed(): BadForce {
  return {
    flaw: "malformed",
    detail: `The force token is cut off, repeated or none: copy all of it, or ${ANOTHER}.`,
  };
}

const AGES = [
  { unit: "day", ms: 86_400_000 },
  { unit: "hour", ms: 3_600_000 },
  { unit: "minute", ms: 60_000 },
  { unit: "second", ms: 1_000 },
] as const;

/** `3 minutes`, rounded down to the largest unit that fits. */
function spell(ms: number): string {
  const { unit, ms: size } = AGES.find((age) => ms >= age.ms) ?? AGES[3];
  const count = Math.floor(ms / size);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
