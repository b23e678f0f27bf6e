import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** RFC 6455, 1.3. */
const KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** A variant that compresses and one that does not would be told apart: no extension is offered to either. */
const EXTENSIONS = "sec-websocket-extensions";

/**
 * The fields of a handshake as node:http's client takes them: a list where a name comes more than once.
 *
 * @param pairs name, value, name, value … of a plain request to the same upstream
 */
export function handshakeFields(pairs: readonly string[]): Record<string, string | string[]> {
  // Without a prototype: a field may be called `__proto__`.
  const fields: Record<string, string | string[]> = Object.create(null);
  for (let index = 0; index < pairs.length; index += 2) {
    const name = (pairs[index] as string).toLowerCase();
    const value = pairs[index + 1] as string;
    const there = fields[name];
    if (there === undefined) fields[name] = value;
    else fields[name] = [there, value].flat();
  }
  delete fields[EXTENSIONS];
  fields.connection = "Upgrade";
  fields.upgrade = "websocket";
  return fields;
}

/**
 * The 101's own fields, the same whatever the upstream wrote around them; undefined where it did not agree to what was
 * asked (RFC 6455, 4.1: a caller would have to fail the connection).
 */
export function answerHandshake(
  asked: IncomingHttpHeaders,
  answered: IncomingHttpHeaders,
): string[] | undefined {
  const accept = createHash("sha1").update(`${asked["sec-websocket-key"]}${KEY_SUFFIX}`).digest("base64");
  if (answered["sec-websocket-accept"] !== accept) return undefined;
  if (answered.upgrade?.toLowerCase() !== "websocket" || answered[EXTENSIONS] !== undefined) return undefined;
  const fields = ["upgrade", "websocket", "connection", "Upgrade", "sec-websocket-accept", accept];
  const protocol = answered["sec-websocket-protocol"];
  if (protocol === undefined) return fields;
  const offered = (asked["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  if (!offered.includes(protocol)) return undefined;
  return [...fields, "sec-websocket-protocol", protocol];
}
