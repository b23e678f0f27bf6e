import { privateCaching } from "../blind/headers.ts";
import type { Config, LogLevel, PemFile } from "./config.ts";
import { effectiveAnalysis, effectiveJudge, effectiveOutcomes } from "./effective-analysis.ts";
import type { ConfigFile } from "./schema.ts";
import { listOf } from "./secret.ts";

/** What flags and environment say over the file. */
export interface Overrides {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly adminHost?: string | undefined;
  readonly adminPort?: number | undefined;
  readonly logLevel?: LogLevel | undefined;
}

/** What a worker says about itself at these paths names its model. */
const HIDDEN_PATHS = ["/metrics", "/metadata", "/docs", "/openapi.json", "/healthz", "/readyz"];

/**
 * The validated file, with flags and environment over it, in the form that the program uses.
 *
 * @param pem the text of a file that the configuration names
 */
export function effectiveConfig(
  file: ConfigFile,
  overrides: Overrides,
  pem: (name: string) => PemFile,
): Config {
  const { experiment, blind, listen, limits, admin, log } = file;
  const control = Math.max(
    0,
    file.variants.findIndex((variant) => variant.control === true),
  );
  return {
    experiment,
    variants: file.variants.map(({ name, weight, upstreams }, index) => ({
      name,
      weight,
      control: index === control,
      upstreams: upstreams.map((address) => effectiveAddress(address, pem)),
    })),
    identity: effectiveIdentity(file.identity),
    force: file.force && { header: file.force.header, secrets: listOf(file.force.secret) },
    exposure: { methods: file.exposure.methods, paths: file.exposure.paths },
    outcomes: effectiveOutcomes(file.outcomes),
    analysis: effectiveAnalysis(file.analysis),
    shadow: file.shadow && {
      variant: file.shadow.variant,
      ratio: file.shadow.percent / 100,
      maxInFlight: file.shadow.max_in_flight,
      sampleTexts: file.shadow.sample_texts,
    },
    judge: effectiveJudge(file.judge),
    upstream: effectiveUpstream(file.upstream),
    blind: {
      headers: [...new Set(blind.headers)],
      setHeaders: effectiveSetHeaders(blind.set_headers),
      clientErrors: blind.client_errors,
      hiddenPaths: [...new Set([...HIDDEN_PATHS, ...blind.hidden_paths])],
      framing: blind.framing,
      body: blind.body && [...new Set(blind.body)],
      padLatency: effectivePadding(blind.pad_latency),
    },
    listen: {
      host: overrides.host ?? listen.host,
      port: overrides.port ?? listen.port,
      unix: listen.unix,
      reusePort: listen.reuse_port,
      tls: listen.tls && { cert: pem(listen.tls.cert), key: pem(listen.tls.key) },
      maxConnections: listen.max_connections,
      maxConnectionsPerAddress: unlessOff(listen.max_connections_per_address),
    },
    limits: {
      bodyBytes: unlessOff(limits.body),
      bodyTimeoutMs: limits.body_timeout,
      maxInFlight: unlessOff(limits.max_in_flight),
      rate: limits.rate && {
        requests: limits.rate.requests,
        perMs: limits.rate.per,
        redis: limits.rate.redis,
      },
    },
    admin: {
      host: overrides.adminHost ?? admin.host,
      port: overrides.adminPort ?? admin.port,
      hosts: admin.hosts,
      token: admin.token,
      page: admin.page,
      replicas: [...new Set(admin.replicas)],
    },
    reload: { pollMs: file.reload.poll, deadlineMs: file.reload.deadline },
    shutdown: { deadlineMs: file.shutdown.deadline, drainDelayMs: file.shutdown.drain_delay },
    log: { level: overrides.logLevel ?? log.level, access: log.access, sampleRatio: log.sample / 100 },
  };
}

type FileAddress = ConfigFile["variants"][number]["upstreams"][number];

function effectiveAddress(
  address: FileAddress,
  pem: (name: string) => PemFile,
): Config["variants"][number]["upstreams"][number] {
  if (typeof address === "string") return { url: address, host: undefined, headers: {}, tls: undefined };
  const { url, host, headers, tls } = address;
  const optional = (name: string | undefined) => (name === undefined ? undefined : pem(name));
  return {
    url,
    host,
    headers,
    tls: tls && {
      ca: optional(tls.ca),
      cert: optional(tls.cert),
      key: optional(tls.key),
      serverName: tls.server_name,
      verify: tls.verify,
    },
  };
}

function effectiveIdentity({
  header,
  cookie,
  address,
  trusted_hops,
}: ConfigFile["identity"]): Config["identity"] {
  const { name, trusted_from } = typeof header === "string" ? { name: header } : header;
  return {
    header: name,
    headerTrustedFrom: trusted_from && [...new Set(trusted_from)],
    cookie: {
      name: cookie.name,
      ttlSeconds: Math.floor(cookie.ttl / 1000),
      secure: cookie.secure,
      sameSite: cookie.same_site,
      domain: cookie.domain,
      secrets: cookie.secret === undefined ? [] : listOf(cookie.secret),
      acceptUnsignedUntil: cookie.accept_unsigned_until,
    },
    address: address === "on",
    trustedHops: trusted_hops,
  };
}

function effectiveUpstream(upstream: ConfigFile["upstream"]): Config["upstream"] {
  const { queue, health, ejection } = upstream;
  return {
    connectTimeoutMs: upstream.connect_timeout,
    firstByteTimeoutMs: upstream.first_byte_timeout,
    idleTimeoutMs: upstream.idle_timeout,
    totalTimeoutMs: unlessOff(upstream.total_timeout),
    keepAliveMs: upstream.keep_alive,
    maxInFlight: upstream.max_in_flight,
    queue: { size: queue.size, timeoutMs: queue.timeout },
    retryBudget: upstream.retry_budget / 100,
    requireFraming: upstream.require_framing,
    onUnavailable: upstream.on_unavailable,
    dnsRefreshMs: upstream.dns_refresh,
    health: {
      path: health.path,
      intervalMs: health.interval,
      timeoutMs: health.timeout,
      healthyAfter: health.healthy_after,
      unhealthyAfter: health.unhealthy_after,
    },
    ejection: { afterFailures: ejection.failures, baseMs: ejection.base, maxMs: ejection.max },
  };
}

/** Whatever is set, no shared cache may hand one variant's answer to the other's users. */
function effectiveSetHeaders(headers: Readonly<Record<string, string>>): Config["blind"]["setHeaders"] {
  const caching = headers["cache-control"];
  return caching === undefined ? headers : { ...headers, "cache-control": privateCaching(caching) };
}

function effectivePadding(file: ConfigFile["blind"]["pad_latency"]): Config["blind"]["padLatency"] {
  const to = typeof file === "object" ? file.to : file;
  if (to === "off") return undefined;
  return to === "p95" ? { to } : { to: "fixed", ms: to };
}

function unlessOff(value: number | "off"): number | undefined {
  return value === "off" ? undefined : value;
}
