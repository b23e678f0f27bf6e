import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { Config, UpstreamAddress } from "../config/config.ts";
import { findAnalysisWarnings } from "./analysis-warnings.ts";

/** Something to know about a key of the configuration. */
export interface Remark {
  /** Such as `identity.cookie.secure`. */
  readonly path: string;
  readonly message: string;
}

const DAY_MS = 86_400_000;
/** Its hash with all else that is known is public to whoever reads /metrics. */
const LEAST_SALT_CHARACTERS = 16;
/** Time enough to renew a certificate by hand. */
const EXPIRY_NOTICE_MS = 14 * DAY_MS;

/** What is allowed and yet seldom meant, in the order of the file. `now` is milliseconds since the epoch. */
export function findWarnings(config: Config, now: number): Remark[] {
  return [
    ...ofExperiment(config),
    ...ofWeights(config),
    ...ofUpstreams(config),
    ...ofIdentity(config, now),
    ...findAnalysisWarnings(config),
    ...ofListeners(config, now),
    ...ofRate(config),
  ];
}

function ofExperiment({ experiment: { salt } }: Config): Remark[] {
  const path = "experiment.salt";
  if (salt === "")
    return [
      {
        path,
        message:
          'is empty: whoever chooses its id can choose its variant; where callers may not, set salt: "${BLINDSPLIT_SALT}", a secret (this assigns every user anew)',
      },
    ];
  const remarks: Remark[] = [];
  if (salt.length < LEAST_SALT_CHARACTERS)
    remarks.push({
      path,
      message: `has ${salt.length} characters, which whoever sees the config_hash in /metrics or /config can guess: use ${LEAST_SALT_CHARACTERS} at the least, \`openssl rand -hex 16\` (this assigns every user anew)`,
    });
  if (/^[\s\p{Cc}]|[\s\p{Cc}]$/u.test(salt))
    remarks.push({
      path,
      message:
        "has blanks or control characters at an end: a replica that reads it without them assigns differently; remove them (this assigns every user anew)",
    });
  return remarks;
}

function ofWeights({ variants }: Config): Remark[] {
  const idle = variants.flatMap(({ name, weight }, index) =>
    weight === 0 ? [{ path: `variants[${index}].weight`, message: `is 0: nobody gets ${name}` }] : [],
  );
  const only = variants.findIndex(({ weight }) => weight === 100);
  if (only === -1) return idle;
  const message = `is 100: everybody gets ${variants[only]?.name}, so that nothing is compared`;
  return [...idle, { path: `variants[${only}].weight`, message }];
}

function ofUpstreams({ variants }: Config): Remark[] {
  const seen = new Map<string, string>();
  return variants.flatMap(({ name, upstreams }, variant) =>
    upstreams.flatMap((address, index) => {
      const path = `variants[${variant}].upstreams[${index}]`;
      const identity = JSON.stringify([address.url, address.host, address.headers]);
      const other = seen.get(identity) ?? name;
      seen.set(identity, other);
      const shared =
        other === name
          ? []
          : [{ path, message: `also serves ${other}: the two variants cannot differ there` }];
      return [...shared, ...ofTransport(address, path)];
    }),
  );
}

function ofTransport({ url, headers, tls }: UpstreamAddress, path: string): Remark[] {
  const { protocol, hostname } = new URL(url);
  if (tls?.verify === false)
    return [{ path: `${path}.tls.verify`, message: "is false: whoever is on the way can answer instead" }];
  if (protocol === "https:" || Object.keys(headers).length === 0 || isLoopback(hostname)) return [];
  return [
    {
      path: `${path}.headers`,
      message: "travel as clear text over http://: use https:// if one is a secret",
    },
  ];
}

function ofIdentity({ identity, listen }: Config, now: number): Remark[] {
  const { header, headerTrustedFrom, cookie } = identity;
  const remarks: Remark[] = [];
  if (headerTrustedFrom === undefined && !isLoopback(listen.host))
    remarks.push({
      path: "identity.header",
      message: `is believed from everybody who reaches ${listen.host}: with trusted_from, only your own services may name users in ${header}`,
    });
  if (!cookie.secure)
    remarks.push({
      path: "identity.cookie.secure",
      message: "is false: the session travels over plain HTTP too; set it to true wherever callers use HTTPS",
    });
  if (cookie.acceptUnsignedUntil !== undefined && cookie.acceptUnsignedUntil <= now)
    remarks.push({
      path: "identity.cookie.accept_unsigned_until",
      message: "has passed: unsigned sessions are no longer taken over; remove it",
    });
  return remarks;
}

function ofListeners({ listen, admin }: Config, now: number): Remark[] {
  const remarks: Remark[] = [];
  if (listen.tls !== undefined) {
    const message = findExpiry(listen.tls.cert.pem, now);
    if (message !== undefined) remarks.push({ path: "listen.tls.cert", message });
  }
  if (admin.token === undefined && !isLoopback(admin.host))
    remarks.push({
      path: "admin.token",
      message: `is not set: whoever reaches ${admin.host} sees metrics and assignments and can reload; set a token or bind 127.0.0.1`,
    });
  return remarks;
}

function ofRate({ limits, identity }: Config): Remark[] {
  if (limits.rate === undefined) return [];
  const remarks: Remark[] = [];
  if (identity.trustedHops === 0)
    remarks.push({
      path: "limits.rate",
      message:
        "counts callers without an id of their own by address: behind a proxy all of them share one count, unless identity.trusted_hops says how many proxies stand in front",
    });
  if (identity.headerTrustedFrom === undefined)
    remarks.push({
      path: "limits.rate",
      message: `is escaped by whoever sends another ${identity.header} each time: name in identity.header.trusted_from who may send it`,
    });
  if (identity.cookie.secrets.length === 0)
    remarks.push({
      path: "limits.rate",
      message:
        "counts sessions by address, because anybody can make up an unsigned one: sign them with identity.cookie.secret, so that each has its own count",
    });
  return remarks;
}

function findExpiry(pem: string, now: number): string | undefined {
  const { validTo, validToDate } = new X509Certificate(pem);
  const leftMs = validToDate.getTime() - now;
  if (leftMs <= 0) return `expired on ${validTo}: callers refuse it; renew it`;
  const days = Math.ceil(leftMs / DAY_MS);
  return leftMs <= EXPIRY_NOTICE_MS ? `expires in ${days} days, on ${validTo}: renew it` : undefined;
}

function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "");
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}
