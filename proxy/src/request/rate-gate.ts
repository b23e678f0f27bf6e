import type { Refusal } from "../errors.ts";
import type { Generation } from "../generation.ts";
import { clientAddress } from "../identity/address.ts";
import type { Decision } from "./decision.ts";
import { rateKey } from "./rate-key.ts";

/** Asks the rate limit; undefined where there is none to ask, so that a request without one never waits. */
export function askRateLimit(
  { rateLimit, loaded }: Generation,
  { unit }: Decision,
  remoteAddress: string,
  forwardedFor: string | undefined,
): Promise<Refusal | undefined> | undefined {
  if (rateLimit === undefined) return undefined;
  const { identity, limits } = loaded.config;
  const address = clientAddress(remoteAddress, forwardedFor, identity.trustedHops) ?? "";
  return rateLimit.consume(rateKey(unit, address)).then((verdict) =>
    verdict.allowed
      ? undefined
      : {
          code: "rate_limited",
          detail: `More than ${limits.rate?.requests} requests came within ${(limits.rate?.perMs ?? 0) / 1000} s (limits.rate); try again in ${verdict.retryAfterSeconds} s.`,
          retryAfterSeconds: verdict.retryAfterSeconds,
        },
  );
}
