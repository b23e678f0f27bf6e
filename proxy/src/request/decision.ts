import type { Refusal } from "../errors.ts";
import type { Generation } from "../generation.ts";
import { readForceToken } from "../identity/force.ts";
import type { RequestHead } from "./headers.ts";
import type { RateUnit } from "./rate-key.ts";

/** Which variant serves a request, and what it counts for. */
export interface Decision {
  /** Position among the generation's variants. */
  readonly variant: number;
  /** -1 for requests that are no part of the experiment: preflights, forced, fallback and uncounted ones (exposure). */
  readonly analysisBucket: number;
  /** Another variant than its own serves it, and it would count otherwise: its answer looks as if it did. */
  readonly isFallback: boolean;
  readonly setCookie: string | undefined;
  /** What a rate limit counts by. */
  readonly unit: RateUnit;
  /** The unit's header was sent by a peer that may not name units: it must not reach the upstream. */
  readonly ignoresIdHeader: boolean;
}

const NO_BUCKET = -1;
/** A preflight has no unit: it is counted by its address. */
const NOBODY: RateUnit = { source: "new", id: "", signedCookie: false };

/**
 * identify ► bucket ► variant, counted. The same for plain requests and upgrades. Tell a refusal by `"code" in` it.
 *
 * @param target in origin form
 * @param remoteAddress the downstream's; empty for unix sockets
 */
export function decide(
  generation: Generation,
  head: RequestHead,
  method: string | undefined,
  target: string,
  remoteAddress: string,
): Decision | Refusal {
  const { record } = generation;
  if (method === "OPTIONS" && head.asksForCors && head.hasOrigin) {
    return {
      variant: generation.control,
      analysisBucket: NO_BUCKET,
      isFallback: false,
      setCookie: undefined,
      unit: NOBODY,
      ignoresIdHeader: false,
    };
  }
  const unit = generation.identify({
    idHeader: head.idHeader,
    cookies: head.cookies,
    remoteAddress,
    forwardedFor: head.forwardedFor,
  });
  if ("code" in unit) return unit;
  record.identified(unit.source);
  if (unit.ignoredHeader) record.ignored.untrusted_header.value++;
  if (unit.forgedCookie) record.ignored.forged_cookie.value++;
  const forced = findForced(generation, head);
  if (typeof forced === "object") return forced;
  const { variant, analysisBucket } = generation.assignment.assign(unit.id);
  const serving = forced ?? available(generation, variant);
  let counted = NO_BUCKET;
  let isFallback = false;
  const isExposure = generation.countsAsExposure?.(method ?? "", target) ?? true;
  if (forced !== undefined) record.forced(forced);
  else if (serving !== variant) {
    record.fellBack(serving);
    isFallback = isExposure;
  } else {
    if (isExposure) counted = analysisBucket;
    record.decided(variant, counted);
    if (counted !== NO_BUCKET && unit.source === "header" && isContaminated(generation, head, variant))
      record.contaminated(variant);
  }
  return {
    variant: serving,
    analysisBucket: counted,
    isFallback,
    setCookie: unit.setCookie,
    unit,
    ignoresIdHeader: unit.ignoredHeader,
  };
}

/** The variant that a force token names; a token that is no good is a refusal: whoever tests must notice. */
function findForced({ force, loaded }: Generation, head: RequestHead): number | Refusal | undefined {
  if (force === undefined || loaded.config.force === undefined) return undefined;
  const token = readForceToken(head.forceHeader, head.cookies, loaded.config.force.header);
  if (token === undefined) return undefined;
  const read = force.read(token);
  if ("variant" in read) return read.variant;
  return { code: "force_invalid", detail: read.detail };
}

/** The caller's session leads to another variant than the id in its header: it may have met both. */
function isContaminated(
  { sessions, assignment }: Generation,
  { cookies }: RequestHead,
  own: number,
): boolean {
  if (cookies.length === 0) return false;
  const { session } = sessions.read(cookies);
  return session !== undefined && assignment.assign(session.id).variant !== own;
}

/** The unit's own variant; where that one cannot answer and the configuration allows it, the first that can. */
function available({ variants, loaded }: Generation, own: number): number {
  if (loaded.config.upstream.onUnavailable === "fail") return own;
  if (variants[own]?.upstreams.isAvailable === true) return own;
  const other = variants.findIndex(({ upstreams, isStopped }) => upstreams.isAvailable && !isStopped);
  return other === -1 ? own : other;
}
