import { HOP_BY_HOP, SHADOW_HEADER } from "../config/http-names.ts";
import { PREDICTION_HEADER } from "../outcomes/prediction.ts";

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

/** What a field is to the proxy; every other field passes as it is. */
type Role =
  | "id"
  | "force"
  | "host"
  | "connection"
  | "forwarded-for"
  | "forwarded-host"
  | "forwarded-proto"
  | "request-id"
  | "length"
  | "encoding"
  | "expect"
  | "cookie"
  | "preflight"
  | "origin"
  | "stopped";

const ROLES: Readonly<Record<string, Role>> = {
  host: "host",
  "x-forwarded-for": "forwarded-for",
  "x-forwarded-host": "forwarded-host",
  "x-forwarded-proto": "forwarded-proto",
  "x-request-id": "request-id",
  "content-length": "length",
  expect: "expect",
  cookie: "cookie",
  "access-control-request-method": "preflight",
  origin: "origin",
};

/** Said between the tiers alone: from a caller, they would falsify counts. */
const INTERNAL = [SHADOW_HEADER, PREDICTION_HEADER];

/** Where a request came from, as proxies before us may say: believed only from trusted ones (trusted_hops). */
const PROVENANCE = ["forwarded", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-server", "x-real-ip"];

function rolesOf({ idName, forceName, trustsHops, ownsCoding }: HeadRules): Map<string, Role> {
  const roles = new Map<string, Role>();
  for (const name of HOP_BY_HOP) roles.set(name, "stopped");
  roles.set("connection", "connection").set("transfer-encoding", "encoding");
  for (const name of INTERNAL) roles.set(name, "stopped");
  if (!trustsHops) for (const name of PROVENANCE) roles.set(name, "stopped");
  if (ownsCoding) roles.set("accept-encoding", "stopped");
  for (const [name, role] of Object.entries(ROLES)) roles.set(name, role);
  if (forceName !== undefined) roles.set(forceName, "force");
  return roles.set(idName, "id");
}

/** What the proxy needs to know of a request's header section, read once from node's raw headers. */
export interface RequestHead {
  /** Name, value, name, value …: what passes to the upstream; latin1 strings, one character a byte. */
  passed: string[];
  idHeader: string[];
  forceHeader: string[];
  cookies: string[];
  hosts: string[];
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
  hasOrigin: boolean;
  /** Why the request could mean one thing here and another upstream, if it could. */
  doubt: string | undefined;
}

/** Shared by all heads that lack the field: never written to. */
const NONE: string[] = [];

/** Reads header sections: raw, as node:http gives them (name, value, name, value …), with the version that it gives. */
export type ReadHead = (raw: readonly string[], httpVersion: string) => RequestHead;

export function createHeadReader(rules: HeadRules): ReadHead {
  const roles = rolesOf(rules);
  return (raw, httpVersion) => {
    const head = emptyHead();
    for (let index = 0; index < raw.length; index += 2) {
      const name = raw[index] as string;
      const value = raw[index + 1] as string;
      const lower = name.toLowerCase();
      const role = roles.get(lower);
      if (role === undefined) {
        // CGI and its heirs take "_" for "-": what the proxy decides on or stops has no second spelling.
        if (lower.includes("_") && roles.has(lower.replaceAll("_", "-"))) continue;
        head.passed.push(name, value);
      } else if (note(head, role, value)) head.passed.push(name, value);
    }
    const named = connectionNames(head.connection);
    if (named !== undefined) head.passed = withoutFields(head.passed, named);
    head.doubt = findDoubt(head.hosts, named, rules.idName, httpVersion);
    return head;
  };
}

function emptyHead(): RequestHead {
  return {
    passed: [],
    idHeader: NONE,
    forceHeader: NONE,
    cookies: NONE,
    hosts: NONE,
    forwardedFor: undefined,
    forwardedHost: undefined,
    forwardedProto: undefined,
    requestIds: NONE,
    connection: "",
    contentLength: undefined,
    transferEncoding: undefined,
    expect: undefined,
    asksForCors: false,
    hasOrigin: false,
    doubt: undefined,
  };
}

/** Notes what the proxy itself needs of a field; says whether the field passes as well. */
function note(head: RequestHead, role: Role, value: string): boolean {
  switch (role) {
    case "id":
      head.idHeader = [...head.idHeader, value];
      return true;
    case "cookie":
      head.cookies = [...head.cookies, value];
      return true;
    case "length":
      head.contentLength = value;
      return true;
    case "preflight":
      head.asksForCors = true;
      return true;
    case "origin":
      head.hasOrigin = true;
      return true;
    case "host":
      head.hosts = [...head.hosts, value];
      return false;
    case "connection":
      head.connection = joined(head.connection, value);
      return false;
    case "encoding":
      head.transferEncoding = joined(head.transferEncoding, value);
      return false;
    case "forwarded-for":
      head.forwardedFor = joined(head.forwardedFor, value);
      return false;
    case "forwarded-host":
      head.forwardedHost = value;
      return false;
    case "forwarded-proto":
      head.forwardedProto = value;
      return false;
    case "request-id":
      head.requestIds = [...head.requestIds, value];
      return false;
    case "expect":
      head.expect = value;
      return false;
    case "force":
      head.forceHeader = [...head.forceHeader, value];
      return false;
    case "stopped":
      return false;
  }
}

function joined(before: string | undefined, value: string): string {
  return before === undefined || before === "" ? value : `${before}, ${value}`;
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
