import { randomFillSync } from "node:crypto";
import type { Config } from "../config/schema.ts";

/** 128 random bits in base64url: 22 characters, safe in a cookie and in a hash key as they are. */
const SESSION_BYTES = 16;
const SESSION_ID = /^[A-Za-z0-9_-]{22}$/;

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

/**
 * The session id in the `Cookie` headers, where it has the shape of one. The first well-shaped value wins: a
 * cookie planted on a parent domain with another value must not hide ours.
 */
export function readSession(cookieHeaders: readonly string[], name: string): string | undefined {
  const prefix = `${name}=`;
  for (const header of cookieHeaders) {
    for (let start = 0; start < header.length; ) {
      const semicolon = header.indexOf(";", start);
      const end = semicolon === -1 ? header.length : semicolon;
      while (isBlank(header.charCodeAt(start))) start++;
      if (header.startsWith(prefix, start)) {
        const value = header.slice(start + prefix.length, end).replace(/[ \t]+$/, "");
        if (SESSION_ID.test(value)) return value;
      }
      start = end + 1;
    }
  }
  return undefined;
}

/** The `Set-Cookie` value that gives or renews a session; Max-Age counts from now, so that the TTL slides. */
export function sessionCookie(id: string, cookie: Config["identity"]["cookie"]): string {
  const domain = cookie.domain === undefined ? "" : `; Domain=${cookie.domain}`;
  const secure = cookie.secure ? "; Secure" : "";
  return `${cookie.name}=${id}; Max-Age=${cookie.ttlSeconds}; Path=/; HttpOnly; SameSite=${cookie.sameSite}${secure}${domain}`;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
