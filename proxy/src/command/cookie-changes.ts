import type { Config } from "../config/config.ts";
import { formatDuration } from "../config/duration.ts";
import type { Remark } from "./warnings.ts";

type Cookie = Config["identity"]["cookie"];

const SECRET = "identity.cookie.secret";

/** What becomes of the sessions out there when `next` replaces `current`. `now` is milliseconds since the epoch. */
export function findCookieChanges(current: Cookie, next: Cookie, now: number): Remark[] {
  const remarks: Remark[] = [];
  if (current.name !== next.name)
    remarks.push({
      path: "identity.cookie.name",
      message: `changes from ${current.name} to ${next.name}: all sessions are lost, users without an id are assigned anew`,
    });
  if (next.ttlSeconds < current.ttlSeconds)
    remarks.push({
      path: "identity.cookie.ttl",
      message: `becomes shorter, ${durationOf(next)} instead of ${durationOf(current)}: whoever stays away for longer than that loses the session and is assigned anew`,
    });
  if (!current.secure && next.secure)
    remarks.push({
      path: "identity.cookie.secure",
      message: "becomes true: callers over plain HTTP get a new session with every request",
    });
  return [...remarks, ...ofSigning(current, next, now)];
}

const durationOf = ({ ttlSeconds }: Cookie) => formatDuration(ttlSeconds * 1000);

function ofSigning(current: Cookie, next: Cookie, now: number): Remark[] {
  const [wasSigned, isSigned] = [current.secrets.length > 0, next.secrets.length > 0];
  if (!wasSigned) return isSigned ? [ofFirstSecret(next, now)] : [];
  if (!isSigned)
    return [
      {
        path: SECRET,
        message:
          "is gone: sessions are kept, and no longer signed, so that callers can make them up and choose a variant by them",
      },
    ];
  return [...ofSecrets(current.secrets, next.secrets), ...ofUnsigned(current, next, now)];
}

function ofFirstSecret({ acceptUnsignedUntil }: Cookie, now: number): Remark {
  const message =
    acceptUnsignedUntil !== undefined && acceptUnsignedUntil > now
      ? `is new: sessions are signed from now on, unsigned ones are taken over until ${momentOf(acceptUnsignedUntil)}`
      : "is new: all sessions are lost; to keep them, set accept_unsigned_until to a day by which they were used again";
  return { path: SECRET, message };
}

/** The first of a list signs. */
function ofSecrets(before: readonly string[], after: readonly string[]): Remark[] {
  const [signed, ...verified] = before;
  const [signs] = after;
  const remarks: Remark[] = [];
  if (signed !== undefined && !after.includes(signed))
    remarks.push({
      path: SECRET,
      message: "loses the secret that signed until now: all its sessions are lost; keep it as the second",
    });
  const lost = verified.filter((secret) => !after.includes(secret)).length;
  if (lost > 0)
    remarks.push({
      path: SECRET,
      message: `loses ${lost} of the secrets that verified until now: sessions signed with them are lost unless they were used since; drop one when identity.cookie.ttl has passed since it signed last`,
    });
  if (signs !== undefined && !before.includes(signs))
    remarks.push({
      path: SECRET,
      message:
        "signs with a secret that replicas with the former file do not know: where there are several, add it as the second first",
    });
  return remarks;
}

/** Only where sessions were signed before: where signing is new, its remark says until when. */
function ofUnsigned(current: Cookie, next: Cookie, now: number): Remark[] {
  const path = "identity.cookie.accept_unsigned_until";
  const before = Math.max(now, current.acceptUnsignedUntil ?? now);
  const after = Math.max(now, next.acceptUnsignedUntil ?? now);
  if (after > before)
    return [
      {
        path,
        message: `takes unsigned sessions over until ${momentOf(after)}: until then callers can make them up`,
      },
    ];
  if (after === before) return [];
  const message =
    after === now
      ? `no longer takes unsigned sessions over, as it did until ${momentOf(before)}: those that were not used since signing began are lost`
      : `moves earlier, from ${momentOf(before)} to ${momentOf(after)}: unsigned sessions that are not used before then are lost`;
  return [{ path, message }];
}

function momentOf(at: number): string {
  return new Date(at).toISOString();
}
