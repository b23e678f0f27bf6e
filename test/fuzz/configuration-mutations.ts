import type { Random } from "../support/random.ts";

/** Part of every secret in the texts below; no message may repeat it. */
export const CANARY = "canary7f3a";

export const ENVIRONMENT: Readonly<Record<string, string>> = {
  SECRET: `${CANARY}-from-the-environment`,
  NUMBER: "40",
  WORD: "off",
  EMPTY: "",
};

export interface MutatedText {
  readonly text: string;
  /** Whether every secret still stands at a key that is known to hold one, so that no message may repeat it. */
  readonly keepsSecrets: boolean;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const MINIMAL: Json = {
  experiment: { name: "x" },
  variants: [{ name: "a", weight: 100, upstreams: ["http://a:8000"] }],
};

const FULL: Json = {
  experiment: { name: "sentiment", salt: `${CANARY}-salt`, phase: 2 },
  variants: [
    { name: "a", weight: 60, control: true, upstreams: ["http://a:8000/", "https://b/v2"] },
    {
      name: "b",
      weight: "${NUMBER}",
      upstreams: [
        {
          url: "https://triton:8000/v2/models/b",
          host: "b.internal:80",
          headers: { authorization: `${CANARY} bearer`, "x-a": "${SECRET}" },
          tls: { server_name: "b.internal", verify: false },
        },
      ],
    },
  ],
  identity: {
    header: { name: "X-User-Id", trusted_from: ["10.0.0.0/8", "::1/128", "192.0.2.7"] },
    cookie: {
      name: "s",
      ttl: "30d",
      secure: true,
      same_site: "None",
      domain: "example.com",
      secret: [`${CANARY}-cookie-secret-1`, "${SECRET}"],
      accept_unsigned_until: "2027-01-31T12:00:00Z",
    },
    address: "on",
    trusted_hops: 1,
  },
  force: { secret: `${CANARY}-force-secret`, header: "x-force" },
  upstream: {
    connect_timeout: "1s",
    total_timeout: "${WORD}",
    max_in_flight: "${NUMBER}",
    queue: { size: 5, timeout: "1s" },
    retry_budget: 20,
    require_framing: false,
    on_unavailable: "fallback",
    dns_refresh: "30s",
    health: { path: "/readyz", interval: "1s", timeout: "1s", healthy_after: 1, unhealthy_after: 3 },
    ejection: { failures: 3, base: "1s", max: "30s" },
  },
  blind: {
    headers: ["x-cost"],
    set_headers: { server: "edge" },
    client_errors: "replace",
    hidden_paths: ["/internal"],
    framing: "pass",
    body: ["label", "score"],
    pad_latency: { to: "p95" },
  },
  listen: {
    host: "0.0.0.0",
    port: 8080,
    unix: "a.sock",
    reuse_port: true,
    max_connections: 10,
    max_connections_per_address: "${WORD}",
  },
  limits: {
    body: "10MiB",
    body_timeout: "30s",
    max_in_flight: 100,
    rate: { requests: 5, per: "1s", redis: `redis://u:${CANARY}@redis.internal/1` },
  },
  admin: { host: "127.0.0.1", port: 8081, hosts: ["proxy.internal"], token: `${CANARY}-admin-token` },
  reload: { poll: "1s", deadline: "1h" },
  shutdown: { deadline: "4s", drain_delay: "0s" },
  log: { level: "info", access: "sampled", sample: 1 },
};

const HOSTILE: readonly Json[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER, 2 ** 53, -0, [], {}, [[]], [null]],
  ...["", " ", "a", "off", "on", "p95", "1s", "-1s", "1e3s", "999999999d", "0ms", "NaN", "null", "\0", "\n"],
  ...["a\r\nx: y", "é", "\u{1f600}", "\ud800", "__proto__", "constructor", "toString", "x".repeat(5000)],
  ...[
    "http://",
    "http://a:99999",
    "http://[::1",
    "https://a/%zz",
    "http://u:p@a",
    "//a",
    "http://a?b",
    "ftp://a",
  ],
  ...["10.0.0.0/8", "::ffff:10.0.0.0/8", "1.2.3.4/999", "::1/", "2027-02-30", "2027-01-31", "+275760-09-13"],
  ...["${", "${}", "${NOPE}", "$${NUMBER}", "${NUMBER}", "${EMPTY}", "${WORD:-${NUMBER}}", "1GiB"],
  ...["99999999999999GiB", "a".repeat(16), ["a".repeat(16), "b"], { to: {} }, { name: [] }, { toString: 1 }],
  ...[
    { url: "http://a", headers: { __proto__x: "y" } },
    { toJSON: "a", valueOf: 1 },
    { length: 5 },
    { "": "" },
  ],
];

const SCRAPS = [
  ...[
    "&a ",
    "*a",
    "*a *a",
    "<<: *a",
    "!!binary aGk=",
    "!!set ",
    "!!int 5",
    "!x ",
    "? ",
    "- ",
    ": ",
    "| ",
    ">-\n",
  ],
  ...[
    "[",
    "]",
    "{",
    "}",
    ",",
    "'",
    '"',
    "\t",
    "\r",
    "\n",
    "\n---\n",
    "\n...\n",
    "%YAML 1.1\n",
    "#",
    "\0",
    "\x1b",
  ],
  ...[
    "\u2028",
    "\ufeff",
    "\ufffd",
    "\ud800",
    "~",
    "0x1f",
    ".inf",
    ".nan",
    "__proto__: ",
    "${",
    "[[[[[[[[[[[[[[[[",
  ],
  ...["{a: ".repeat(40), "- ".repeat(40), "&a [*a]", "&b [*b, *b, *b]", "x".repeat(2000), " ".repeat(300)],
];

/** A good configuration with a few things wrong with its values, its keys or its text; sometimes with nothing. */
export function mutate(random: Random): MutatedText {
  const root = structuredClone(random() < 0.2 ? MINIMAL : FULL);
  let keepsSecrets = true;
  for (let left = whole(random, 4); left > 0; left--)
    keepsSecrets = mutateValue(root, random) && keepsSecrets;
  const text = random() < 0.5 ? JSON.stringify(root, undefined, whole(random, 3)) : blockStyle(root);
  const kind = random();
  if (kind < 0.5) return { text, keepsSecrets };
  if (kind < 0.6) return { text: text.slice(0, whole(random, text.length)), keepsSecrets: false };
  return { text: mutateText(text, random), keepsSecrets: false };
}

/** Returns whether no secret can have come under another key. */
function mutateValue(root: Json, random: Random): boolean {
  const holders = holdersIn(root);
  if (holders.length === 0) return true;
  const holder = pick(holders, random);
  const keys = Object.keys(holder);
  const key = pick(keys, random);
  const values = holder as Record<string, Json>;
  switch (whole(random, 5)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete values[key];
      return true;
    case 1:
    case 2:
      values[key] = structuredClone(pick(HOSTILE, random));
      return true;
    case 3: {
      const name = random() < 0.5 ? `${JSON.stringify(pick(HOSTILE, random))}` : misspell(key, random);
      // Not by assignment, which would set the prototype.
      Object.defineProperty(values, name, {
        value: values[key],
        enumerable: true,
        configurable: true,
        writable: true,
      });
      if (!Array.isArray(holder)) delete values[key];
      return false;
    }
    default:
      values[key] = structuredClone(values[pick(keys, random)] ?? null);
      return false;
  }
}

function mutateText(text: string, random: Random): string {
  let mutated = text;
  for (let left = 1 + whole(random, 4); left > 0; left--) {
    const at = whole(random, mutated.length);
    const lines = mutated.split("\n");
    const line = whole(random, lines.length - 1);
    switch (whole(random, 4)) {
      case 0:
        mutated = mutated.slice(0, at) + mutated.slice(at + 1 + whole(random, 8));
        break;
      case 1:
        mutated = mutated.slice(0, at) + pick(SCRAPS, random) + mutated.slice(at);
        break;
      case 2:
        mutated = lines.toSpliced(line, 0, lines[whole(random, lines.length - 1)] ?? "").join("\n");
        break;
      case 3:
        mutated = mutated.slice(0, at) + String.fromCharCode(whole(random, 65_535)) + mutated.slice(at + 1);
        break;
      default:
        mutated = lines.toSpliced(line, 1).join("\n");
    }
  }
  return mutated;
}

/** As people write it: one key a line, plain words without quotes. */
function blockStyle(value: Json, indent = ""): string {
  if (typeof value === "string") return /^[a-z][a-z0-9./-]*$/.test(value) ? value : JSON.stringify(value);
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0)
    return JSON.stringify(value);
  const lines = Object.entries(value).map(([key, inner]) => {
    const label = Array.isArray(value) ? "-" : `${blockStyle(key)}:`;
    return `${indent}${label} ${blockStyle(inner, `${indent}  `)}`;
  });
  return `\n${lines.join("\n")}`;
}

/** Every map and list that is not empty, the root first. */
function holdersIn(value: Json): (Json[] | { [key: string]: Json })[] {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) return [];
  return [value, ...Object.values(value).flatMap(holdersIn)];
}

function misspell(key: string, random: Random): string {
  const at = whole(random, key.length);
  return key.slice(0, at) + pick(["", "s", "-", "_", "X", " "], random) + key.slice(at + 1);
}

/** From 0 to `most`, both inclusive. */
function whole(random: Random, most: number): number {
  return Math.floor(random() * (most + 1));
}

function pick<T>(from: readonly T[], random: Random): T {
  return from[whole(random, from.length - 1)] as T;
}
