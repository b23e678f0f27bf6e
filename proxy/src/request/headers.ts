import { HOP_BY_HOP } from "../config/http-names.ts";

/** What never passes: the connection's own fields, and `Expect`, which the proxy answers itself. */
const STOPPED = new Set([...HOP_BY_HOP, "expect"]);

/** What the proxy needs to know of a request's header section, read once from node's raw headers. */
export interface RequestHead {
  /** Name, value, name, value …: what passes to the upstream; latin1 strings, one character a byte. */
  readonly passed: string[];
  readonly idHeader: readonly string[];
  readonly cookies: readonly string[];
  readonly forwardedFor: string | undefined;
  readonly hosts: readonly string[];
  /** A CORS preflight has neither cookie nor id of its user, so it is no part of the experiment. */
  readonly asksForCors: boolean;
  /** Why the request could mean one thing here and another upstream, if it could. */
  readonly doubt: string | undefined;
}

const NO_VALUES: readonly string[] = [];

/**
 * @param raw name, value, name, value … as node:http gives them (`rawHeaders`)
 * @param idName the unit id's header, in lower case
 * @param httpVersion as node:http gives it: `1.1`, `1.0`
 */
export function readRequestHead(raw: readonly string[], idName: string, httpVersion: string): RequestHead {
  const passed: string[] = [];
  const hosts: string[] = [];
  let idHeader = NO_VALUES;
  let cookies = NO_VALUES;
  let forwardedFor: string | undefined;
  let connection = "";
  let hasForwardedHost = false;
  let hasForwardedProto = false;
  let asksForCors = false;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string;
    const value = raw[index + 1] as string;
    const lower = name.toLowerCase();
    if (lower === idName) idHeader = [...idHeader, value];
    switch (lower) {
      case "host":
        hosts.push(value);
        continue;
      case "connection":
        connection = connection === "" ? value : `${connection},${value}`;
        continue;
      case "x-forwarded-for":
        forwardedFor = forwardedFor === undefined ? value : `${forwardedFor}, ${value}`;
        continue;
      case "cookie":
        cookies = [...cookies, value];
        break;
      case "x-forwarded-host":
        hasForwardedHost = true;
        break;
      case "x-forwarded-proto":
        hasForwardedProto = true;
        break;
      case "access-control-request-method":
        asksForCors = true;
        break;
      default:
        if (STOPPED.has(lower)) continue;
    }
    passed.push(name, value);
  }
  const named = connectionNames(connection);
  const kept = named === undefined ? passed : without(passed, named);
  if (!hasForwardedHost && hosts[0] !== undefined) kept.push("x-forwarded-host", hosts[0]);
  if (!hasForwardedProto) kept.push("x-forwarded-proto", "http");
  return {
    passed: kept,
    idHeader,
    cookies,
    forwardedFor,
    hosts,
    asksForCors,
    doubt: findDoubt(hosts, named, idName, httpVersion),
  };
}

/** The names that a `Connection` field lists beside the usual two, in lower case. */
function connectionNames(value: string): Set<string> | undefined {
  if (value === "" || value === "keep-alive" || value === "close") return undefined;
  const names = value.split(",").map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => name !== "" && name !== "keep-alive" && name !== "close"));
}

function without(pairs: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let index = 0; index < pairs.length; index += 2) {
    const name = pairs[index] as string;
    if (!names.has(name.toLowerCase())) kept.push(name, pairs[index + 1] as string);
  }
  return kept;
}

function findDoubt(
  hosts: readonly string[],
  named: ReadonlySet<string> | undefined,
  idName: string,
  httpVersion: string,
): string | undefined {
  if (hosts.length === 0 && httpVersion === "1.1") return "The request has no Host field; send one.";
  if (hosts.length > 1) return `The request has ${hosts.length} Host fields; send one.`;
  if (named === undefined) return undefined;
  // A hop before us that obeyed such a field would have removed what we decide on.
  for (const name of [idName, "cookie", "host", "content-length", "x-forwarded-for"])
    if (named.has(name))
      return `Connection names the field "${name}", which is not the connection's; leave it out.`;
  return undefined;
}
