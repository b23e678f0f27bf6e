import { isUtf8 } from "node:buffer";
import type { Config } from "../config/config.ts";
import { clientAddress } from "./address.ts";
import { createSessionCookies, type Session } from "./cookie.ts";
import { createHeaderTrust } from "./trust.ts";

export type UnitSource = "header" | "cookie" | "address" | "new";

export interface Unit {
  readonly source: UnitSource;
  /** UTF-8 bytes as a latin1 string: what node:http delivers in raw headers, and what is hashed. */
  readonly id: string;
  /** The `Set-Cookie` value that opens or renews the session, where there is one. */
  readonly setCookie: string | undefined;
  /** The id header came from a peer that may not name units: it must not reach the upstream either. */
  readonly ignoredHeader: boolean;
  /** A session cookie was passed over that we did not sign. */
  readonly forgedCookie: boolean;
  /** The id is that of a session that we signed: nobody can have made it up. */
  readonly signedCookie: boolean;
}

/** Tell it from a `Unit` by `"code" in unit`. */
export interface BadId {
  readonly code: "id_empty" | "id_too_long" | "id_control_character" | "id_not_utf8" | "id_repeated";
  /** Names length or position, limit and remedy; never the id itself. */
  readonly detail: string;
}

export interface IdentityRequest {
  /** Every value of the id header, raw. */
  readonly idHeader: readonly string[];
  /** Every value of `Cookie`, raw. */
  readonly cookies: readonly string[];
  readonly remoteAddress: string;
  readonly forwardedFor: string | undefined;
}

const ID_LIMIT_BYTES = 256;

/** A `BadId` only for the header, because only there somebody named an id; anything else unreadable is passed over. */
export type Identify = (request: IdentityRequest) => Unit | BadId;

export interface IdentifierOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly newSessionId: () => string;
}

/**
 * Who is randomised: the first of header (from a trusted peer), session cookie, address (where configured) and a
 * new session. Everything that depends on the configuration alone is built here, once.
 */
export function createIdentifier(
  { header, headerTrustedFrom, cookie, address, trustedHops }: Config["identity"],
  { now, newSessionId }: IdentifierOptions,
): Identify {
  const isTrusted = createHeaderTrust(headerTrustedFrom);
  const cookies = createSessionCookies(cookie, { now });
  return (request) => {
    const isNamed = request.idHeader.length > 0;
    if (isNamed && (isTrusted === undefined || isTrusted(request.remoteAddress)))
      return readIdHeader(request.idHeader, header);
    const { session, forged } = cookies.read(request.cookies);
    if (session !== undefined) return ofSession("cookie", session, isNamed, forged);
    if (address) {
      const id = clientAddress(request.remoteAddress, request.forwardedFor, trustedHops);
      if (id !== undefined)
        return {
          source: "address",
          id,
          setCookie: undefined,
          ignoredHeader: isNamed,
          forgedCookie: forged,
          signedCookie: false,
        };
    }
    return ofSession("new", cookies.open(newSessionId()), isNamed, forged);
  };
}

function ofSession(
  source: "cookie" | "new",
  { id, setCookie, isSigned }: Session,
  ignoredHeader: boolean,
  forgedCookie: boolean,
): Unit {
  return { source, id, setCookie, ignoredHeader, forgedCookie, signedCookie: isSigned };
}

/** The unit that `values` of the id header name, wherever they came from. */
export function readIdHeader(values: readonly string[], header: string): Unit | BadId {
  const [value] = values;
  if (value === undefined || values.length > 1) {
    return { code: "id_repeated", detail: `${header} was sent ${values.length} times: send it once` };
  }
  const id = trimBlanks(value);
  if (id === "")
    return {
      code: "id_empty",
      detail: `${header} is empty: send 1 to ${ID_LIMIT_BYTES} bytes, or leave the header out`,
    };
  if (id.length > ID_LIMIT_BYTES) {
    return {
      code: "id_too_long",
      detail: `${header} has ${id.length} bytes of UTF-8: send at most ${ID_LIMIT_BYTES}`,
    };
  }
  for (let at = 0; at < id.length; at++) {
    const code = id.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return controlCharacter(header, at);
    if (code > 0x7f) return fromUtf8(id, header);
  }
  return ofHeader(id);
}

function ofHeader(id: string): Unit {
  return {
    source: "header",
    id,
    setCookie: undefined,
    ignoredHeader: false,
    forgedCookie: false,
    signedCookie: false,
  };
}

/** The rare way: on bytes, "Ł" (C5 81) looks like a C1 control, so that only decoded text can be judged. */
function fromUtf8(id: string, header: string): Unit | BadId {
  const bytes = Buffer.from(id, "latin1");
  if (!isUtf8(bytes))
    return { code: "id_not_utf8", detail: `${header} is not valid UTF-8: encode it as UTF-8` };
  const control = bytes.toString("utf8").search(/\p{Cc}/u);
  return control === -1 ? ofHeader(id) : controlCharacter(header, control);
}

function controlCharacter(header: string, at: number): BadId {
  return {
    code: "id_control_character",
    detail: `${header} has a control character at position ${at + 1}: control characters are not allowed, remove it`,
  };
}

/** Spaces and tabs only: `trim()` would eat A0, which is the second byte of "à". */
function trimBlanks(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return start === 0 && end === value.length ? value : value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
