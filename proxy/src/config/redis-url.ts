import { z } from "zod";

const REMEDY =
  "write an address such as redis://redis.internal:6379/0 or rediss://user:password@redis.internal";

/** A Redis server; no message repeats it, because it may hold a password. */
export const redisUrl = z
  .string()
  .max(2048)
  .regex(/^rediss?:\/\/[^\s\\]+$/, { error: () => `is no redis:// or rediss:// URL: ${REMEDY}` })
  .refine((text) => isServer(text), { error: () => `is no address of a Redis server: ${REMEDY}` })
  .refine((text) => hasReadableCredentials(text), {
    error: () => "has a user or a password that is no percent-encoding: write % as %25",
  });

function isServer(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.hostname !== "" && /^(?:\/\d{0,4})?$/.test(url.pathname) && !/[?#]/.test(text);
}

function hasReadableCredentials(text: string): boolean {
  const { username, password } = URL.parse(text) ?? { username: "", password: "" };
  try {
    decodeURIComponent(username);
    decodeURIComponent(password);
    return true;
  } catch {
    return false;
  }
}

/** The URL with what may be a password masked. */
export function withoutCredentials(text: string): string {
  return text.replace(/^(rediss?:\/\/)[\s\S]*@/, "$1***@");
}
