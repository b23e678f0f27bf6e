import { isUtf8 } from "node:buffer";
import type { Config } from "../config/schema.ts";
import { clientAddress } from "./address.ts";
import { readSession } from "./cookie.ts";

export type UnitSource = "header" | "cookie" | "address" | "new";

export interface Unit {
  readonly source: UnitSource;
  /** UTF-8 bytes as a latin1 string: what node:http delivers in raw headers, and what is hashed. */
  readonly id: string;
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

/**
 * Who is randomised: the first of header, session cookie, address (where configured) and a new session. Only
 * the header can be wrong, because only there somebody named an id; anything else unreadable is passed over.
 */
export function identify(
  request: IdentityRequest,
  identity: Config["identity"],
  newSessionId: () => string,
): Unit | BadId {
  const { idHeader, cookies } = request;
  if (idHeader.length > 0) return fromHeader(idHeader, identity.header);
  const session = readSession(cookies, identity.cookie.name);
  if (session !== undefined) return { source: "cookie", id: session };
  if (identity.address) {
    const address = clientAddress(request.remoteAddress, request.forwardedFor, identity.trustedHops);
    if (address !== undefined) return { source: "address", id: address };
  }
  return { source: "new", id: newSessionId() };
}

function fromHeader(values: readonly string[], header: string): Unit | BadId {
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
  return { source: "header", id };
}

/** The rare way: on bytes, "Ł" (C5 81) looks like a C1 control, so that only decoded text can be judged. */
function fromUtf8(id: string, header: string): Unit | BadId {
  const bytes = Buffer.from(id, "latin1");
  if (!isUtf8(bytes))
    return { code: "id_not_utf8", detail: `${header} is not valid UTF-8: encode it as UTF-8` };
  const control = bytes.toString("utf8").search(/\p{Cc}/u);
  return control === -1 ? { source: "header", id } : controlCharacter(header, control);
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
