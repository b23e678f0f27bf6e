import { HOP_BY_HOP } from "../config/http-names.ts";

/** What never passes: the connection's own fields. `Expect` is answered by the proxy itself. */
const STOPPED = new Set(HOP_BY_HOP);

/** Where a request came from, as proxies before us may say: believed only from trusted ones (trusted_hops). */
const PROVENANCE = new Set([
  "forwarded",
  "x-forwarded-port",
  "x-forwarded-prefix",
  "x-forwarded-server",
  "x-real-ip",
]);

export interface HeadRules {
  /** The unit id's header, in lower case. */
  readonly idName: string;
  /** The force token's header, in lower case; never forwarded. */
  readonly forceName: string | undefined;
  /** Whether what proxies before us say of the request's origin is believed. */
  readonly trustsHops: boolean;
  /** Content codings are the proxy's own matter (blind.framing): the upstream is asked for none. */
  readonly ownsCoding: boolean;
}

/** What the proxy needs to know of a request's header section, read once from node's raw headers. */
export interface RequestHead {
  /** Name, value, name, value …: what passes to the upstream; latin1 strings, one character a byte. */
  passed: string[];
  idHeader: string[];
  forceHeader: string[];
  cookies: string[];
  readonly hosts: string[];
  forwardedFor: string | undefined;
  forwardedHost: string | undefined;
  forwardedProto: string | undefined;
  requestIds: string[];
  connection: string;
  /** As node read them: it has refused what they may not be together. */
  contentLength: string | undefined;
  transferEncoding: string | undefined;
  expect: string | undefined;
  /** A CORS preflight has neither cookie nor id of its user, so it is no part of the experiment. */
  asksForCors: boolean;
  /** Why the request could mean one thing here and another upstream, if it could. */
  doubt: string | undefined;
}

/** Shared by all heads that lack the field: never written to. */
const NONE: string[] = [];

/**
 * @param raw name, value, name, value … as node:http gives them (`rawHeaders`)
 * @param httpVersion as node:http gives it: `1.1`, `1.0`, `2.0`
 */
export function readRequestHead(raw: readonly string[], rules: HeadRules, httpVersion: string): RequestHead {
  const passed: string[] = [];
  const head: RequestHead = {
    passed,
    idHeader: NONE,
    forceHeader: NONE,
    cookies: NONE,
    hosts: [],
    forwardedFor: undefined,
    forwardedHost: undefined,
    forwardedProto: undefined,
    requestIds: NONE,
    connection: "",
    contentLength: undefined,
    transferEncoding: undefined,
    expect: undefined,
    asksForCors: false,
    doubt: undefined,
  };
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string;
    const value = raw[index + 1] as string;
    const lower = name.toLowerCase();
    if (lower === rules.idName) head.idHeader = [...head.idHeader, value];
    if (passes(head, lower, value, rules)) passed.push(name, value);
  }
  const named = connectionNames(head.connection);
  if (named !== undefined) head.passed = withoutFields(passed, named);
  head.doubt = findDoubt(head.hosts, named, rules.idName, httpVersion);
  return head;
}

/** Notes what the proxy itself needs of a field; says whether the field passes as it is. */
function passes(head: RequestHead, lower: string, value: string, rules: HeadRules): boolean {
  switch (lower) {
    case "host":
      head.hosts.push(value);
      return false;
    case "connection":
      head.connection = head.connection === "" ? value : `${head.connection},${value}`;
      return false;
    case "x-forwarded-for":
      head.forwardedFor = head.forwardedFor === undefined ? value : `${head.forwardedFor}, ${value}`;
      return false;
    case "x-forwarded-host":
      head.forwardedHost = value;
      return false;
    case "x-forwarded-proto":
      head.forwardedProto = value;
      return false;
    case "x-request-id":
      head.requestIds = [...head.requestIds, value];
      return false;
    case "content-length":
      head.contentLength = value;
      return true;
    case "transfer-encoding":
      head.transferEncoding =
        head.transferEncoding === undefined ? value : `${head.transferEncoding}, ${value}`;
      return false;
    case "expect":
      head.expect = value;
      return false;
    case "cookie":
      head.cookies = [...head.cookies, value];
      return true;
    case "access-control-request-method":
      head.asksForCors = true;
      return true;
    case "accept-encoding":
      return !rules.ownsCoding;
    default:
      if (lower === rules.forceName) {
        head.forceHeader = [...head.forceHeader, value];
        return false;
      }
      // CGI and its heirs take "_" for "-": what the proxy decides on or stops has no second spelling.
      if (lower.includes("_") && isReserved(lower.replaceAll("_", "-"), rules)) return false;
      return !STOPPED.has(lower) && (rules.trustsHops || !PROVENANCE.has(lower));
  }
}

function isReserved(name: string, { idName, forceName }: HeadRules): boolean {
  return (
    name === idName ||
    name === forceName ||
    STOPPED.has(name) ||
    PROVENANCE.has(name) ||
    DECISIVE.includes(name)
  );
}

/** The names that a `Connection` field lists beside the usual two, in lower case. */
function connectionNames(value: string): Set<string> | undefined {
  if (value === "" || value === "keep-alive" || value === "close") return undefined;
  const names = value.split(",").map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => name !== "" && name !== "keep-alive" && name !== "close"));
}

/** `pairs` (name, value, name, value …) without the fields of these names (in lower case). */
export function withoutFields(pairs: readonly string[], names: ReadonlySet<string>): string[] {
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
  if (hosts.length === 0 && httpVersion !== "1.0") return "The request has no Host field; send one.";
  if (hosts.length > 1) return `The request has ${hosts.length} Host fields; send one.`;
  if (hosts[0] !== undefined && !HOST.test(hosts[0]))
    return "The request's Host field is no host name or address with an optional port; mend it.";
  if (named === undefined) return undefined;
  // A hop before us that obeyed such a field would have removed what we decide on.
  for (const name of [idName, ...DECISIVE])
    if (named.has(name))
      return `Connection names the field "${name}", which is not the connection's; leave it out.`;
  return undefined;
}

const HOST = /^(?:[\w.-]*|\[[0-9a-f:.]+\])(?::[0-9]{0,5})?$/i;

const DECISIVE = [
  "transfer-encoding",
  "cookie",
  "host",
  "content-length",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-request-id",
];
