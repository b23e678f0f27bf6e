import { randomFillSync } from "node:crypto";
import type { Config } from "../config/config.ts";
import { findCookie } from "./cookie-header.ts";
import { createSigner } from "./signature.ts";

type CookieConfig = Config["identity"]["cookie"];

export interface Session {
  readonly id: string;
  /** The `Set-Cookie` value that renews it. */
  readonly setCookie: string;
  /** It came with our signature, or was made here: nobody can have made up its id. */
  readonly isSigned: boolean;
}

export interface SessionReading {
  readonly session: Session | undefined;
  /** A cookie of the name was passed over that we did not sign. Always false where cookies are not signed. */
  readonly forged: boolean;
}

/** Session cookies of one configuration: `ID`, or `ID.SIGNATURE` where there is a secret. The unit id is ID alone. */
export interface SessionCookies {
  /** The first valid one wins: a cookie planted on a parent domain with another value must not hide ours. */
  read(cookieHeaders: readonly string[]): SessionReading;
  open(id: string): Session;
}

/** 128 random bits in base64url: 22 characters, safe in a cookie and in a hash key as they are. */
const SESSION_BYTES = 16;
/** With or without a signature: replicas that do not sign (yet, or any more) keep the sessions of those that do. */
const SESSION = /^([A-Za-z0-9_-]{22})(?:\.([A-Za-z0-9_-]{22}))?$/;
const SIGNATURE_BYTES = 16;
/** A Cookie field has room for hundreds, and each costs a MAC for every secret. */
const MOST_VERIFIED = 8;

const NO_SESSION: SessionReading = { session: undefined, forged: false };
const FORGED_SESSION: SessionReading = { session: undefined, forged: true };

const POOLED_IDS = 256;

/** One call of the random generator costs more than identifying and assigning a unit: draw for many at once. */
export function createSessionIds(): () => string {
  const pool = Buffer.alloc(POOLED_IDS * SESSION_BYTES);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += SESSION_BYTES;
    return pool.toString("base64url", used - SESSION_BYTES, used);
  };
}

/** @param now milliseconds since the epoch, asked only where unsigned sessions are still taken over */
export function createSessionCookies(
  cookie: CookieConfig,
  { now }: { readonly now: () => number },
): SessionCookies {
  const prefix = `${cookie.name}=`;
  const attributes = attributesOf(cookie);
  const write = (value: string) => prefix + value + attributes;
  return cookie.secrets.length === 0
    ? createUnsigned(prefix, write)
    : createSigned(prefix, write, cookie, now);
}

function createUnsigned(prefix: string, write: (value: string) => string): SessionCookies {
  const open = (id: string): Session => ({ id, setCookie: write(id), isSigned: false });
  const readId = (value: string) => SESSION.exec(value)?.[1];
  return {
    open,
    read(cookieHeaders) {
      const id = findCookie(cookieHeaders, prefix, readId);
      return id === undefined ? NO_SESSION : { session: open(id), forged: false };
    },
  };
}

function createSigned(
  prefix: string,
  write: (value: string) => string,
  { secrets, acceptUnsignedUntil }: CookieConfig,
  now: () => number,
): SessionCookies {
  const signer = createSigner({ secrets, context: "", bytes: SIGNATURE_BYTES });
  const sign = (id: string, isSigned: boolean): Session => ({
    id,
    setCookie: write(`${id}.${signer.sign(id)}`),
    isSigned,
  });
  const open = (id: string) => sign(id, true);
  const readSession = (value: string): Session | undefined => {
    const [, id, signature] = SESSION.exec(value) ?? [];
    if (id === undefined) return undefined;
    if (signature === undefined)
      return acceptUnsignedUntil !== undefined && now() < acceptUnsignedUntil ? sign(id, false) : undefined;
    const secret = signer.findSecret(id, signature);
    if (secret === -1) return undefined;
    // What the current secret signed is renewed as it is: a second MAC would give the same.
    return secret === 0 ? { id, setCookie: write(value), isSigned: true } : open(id);
  };
  return {
    open,
    read(cookieHeaders) {
      let passedOver = 0;
      const session = findCookie(cookieHeaders, prefix, (value) => {
        if (passedOver === MOST_VERIFIED) return undefined;
        const read = readSession(value);
        if (read === undefined) passedOver++;
        return read;
      });
      if (session === undefined) return passedOver === 0 ? NO_SESSION : FORGED_SESSION;
      return { session, forged: passedOver > 0 };
    },
  };
}

/** Max-Age counts from now: every answer renews the session, so that its lifetime slides. */
function attributesOf({ ttlSeconds, sameSite, secure, domain }: CookieConfig): string {
  const ofDomain = domain === undefined ? "" : `; Domain=${domain}`;
  return `; Max-Age=${ttlSeconds}; Path=/; HttpOnly; SameSite=${sameSite}${secure ? "; Secure" : ""}${ofDomain}`;
}
