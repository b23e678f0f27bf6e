import { hash } from "node:crypto";
import type { Refusal } from "../errors.ts";
import { clientAddress, networkOf } from "../identity/address.ts";
import { isEqual } from "../identity/signature.ts";
import type { Exchange } from "../request/exchange.ts";
import type { RequestHead } from "../request/headers.ts";
import type { OutcomeDesk } from "./desk.ts";

/** Why a report's address has to wait, if it has to. */
export async function limitRate(
  exchange: Exchange,
  head: RequestHead,
  desk: OutcomeDesk,
): Promise<Refusal | undefined> {
  if (desk.rate === undefined) return undefined;
  const { remoteAddress = "" } = exchange.request.socket;
  const address = clientAddress(remoteAddress, head.forwardedFor, desk.trustedHops) ?? "";
  // Requests of users may be counted by the same settings: these are others.
  const verdict = await desk.rate.consume(`outcomes ${networkOf(address)}`);
  if (verdict.allowed) return undefined;
  const { requests = 0, perMs = 0 } = desk.settings.rate ?? {};
  return {
    code: "rate_limited",
    detail: `More than ${requests} requests came within ${perMs / 1000} s (outcomes.rate); try again in ${verdict.retryAfterSeconds} s.`,
    retryAfterSeconds: verdict.retryAfterSeconds,
  };
}

/** Compares digests, so that not even the key's length shows in the time that it takes. */
export function isAuthorised(key: string | undefined, authorization = ""): boolean {
  if (key === undefined) return true;
  const [, given = ""] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
  return isEqual(hash("sha256", key), hash("sha256", given));
}

/** JSON alone: no page of a foreign origin can send that without asking first (Fetch, CORS-safelisted content types). */
export function refuseType(headers: Exchange["request"]["headers"]): Refusal | undefined {
  const { "content-type": type = "", "content-encoding": coding = "identity" } = headers;
  const isJson = /^\s*application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type);
  if (isJson && coding.trim().toLowerCase() === "identity") return undefined;
  return {
    code: "unsupported_media_type",
    detail: "Outcomes are taken as application/json in UTF-8, without a content coding.",
  };
}
