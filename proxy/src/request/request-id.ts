import { randomBytes } from "node:crypto";

const ID_CHARACTERS = 22;
const POOLED_IDS = 512;

/** Ids of 132 random bits. One call of the random generator costs more than all else about an id: it draws for many. */
export function createRequestIds(): () => string {
  let pool = "";
  let used = 0;
  return () => {
    if (used === pool.length) {
      pool = randomBytes((POOLED_IDS * ID_CHARACTERS * 3) / 4).toString("base64url");
      used = 0;
    }
    used += ID_CHARACTERS;
    return pool.slice(used - ID_CHARACTERS, used);
  };
}

const SANE = /^[A-Za-z0-9._~:/=+@-]{1,128}$/;

/**
 * The id under which a request is known here, upstream and to the caller: the caller's own if it sent one that can
 * stand in a log and in a header as it is, else a new one.
 */
export function chooseRequestId(sent: readonly string[], newId: () => string): string {
  const [only] = sent;
  return sent.length === 1 && only !== undefined && SANE.test(only) ? only : newId();
}
