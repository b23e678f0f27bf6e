import { formatBytes } from "./bytes.ts";
import type { Config, PemFile, UpstreamAddress, UpstreamSettings } from "./config.ts";
import { formatDuration } from "./duration.ts";
import { formOfAnalysis, formOfJudge, formOfOutcomes } from "./file-form-analysis.ts";
import { withoutCredentials } from "./redis-url.ts";

export const MASK = "***";

/** What stands in the place of that which operators do not see. */
export interface Disguise {
  secret(text: string): string;
  pem(file: PemFile): string;
  redis(url: string): string;
}

const MASKED: Disguise = { secret: () => MASK, pem: ({ file }) => file, redis: withoutCredentials };
const BARE: Disguise = {
  secret: (text) => text,
  pem: ({ file, pem }) => `${file}\n${pem}`,
  redis: (url) => url,
};

/** `config` in the form of the file, as `GET /config` shows it: secrets masked, PEM files by their names. */
export function publicConfig(config: Config): unknown {
  return formOf(config, MASKED);
}

/** The same form with secrets and the texts of PEM files in it: for comparing, never to be shown. */
export function comparableConfig(config: Config): unknown {
  return formOf(config, BARE);
}

function formOf(config: Config, disguise: Disguise): unknown {
  const { experiment, force, blind, listen, limits, admin, log } = config;
  return withoutUndefined({
    experiment: { ...experiment, salt: experiment.salt && disguise.secret(experiment.salt) },
    variants: config.variants.map((variant) => ({
      ...variant,
      upstreams: variant.upstreams.map((address) => formOfAddress(address, disguise)),
    })),
    identity: formOfIdentity(config.identity, disguise),
    force: force && { secret: formOfSecrets(force.secrets, disguise), header: force.header },
    exposure: config.exposure,
    outcomes: config.outcomes && formOfOutcomes(config.outcomes, disguise),
    analysis: formOfAnalysis(config.analysis),
    shadow: config.shadow && {
      variant: config.shadow.variant,
      percent: perCent(config.shadow.ratio),
      max_in_flight: config.shadow.maxInFlight,
      sample_texts: config.shadow.sampleTexts,
    },
    judge: formOfJudge(config.judge),
    upstream: formOfUpstream(config.upstream),
    blind: {
      headers: blind.headers,
      set_headers: blind.setHeaders,
      client_errors: blind.clientErrors,
      hidden_paths: blind.hiddenPaths,
      framing: blind.framing,
      body: blind.body,
      pad_latency:
        blind.padLatency?.to === "fixed"
          ? formatDuration(blind.padLatency.ms)
          : (blind.padLatency?.to ?? "off"),
    },
    listen: {
      host: listen.host,
      port: listen.port,
      unix: listen.unix,
      reuse_port: listen.reusePort,
      tls: listen.tls && { cert: disguise.pem(listen.tls.cert), key: disguise.pem(listen.tls.key) },
      max_connections: listen.maxConnections,
      max_connections_per_address: listen.maxConnectionsPerAddress ?? "off",
    },
    limits: {
      body: limits.bodyBytes === undefined ? "off" : formatBytes(limits.bodyBytes),
      body_timeout: formatDuration(limits.bodyTimeoutMs),
      max_in_flight: limits.maxInFlight ?? "off",
      rate: limits.rate && {
        requests: limits.rate.requests,
        per: formatDuration(limits.rate.perMs),
        redis: limits.rate.redis && disguise.redis(limits.rate.redis),
      },
    },
    admin: { ...admin, token: admin.token && disguise.secret(admin.token) },
    reload: {
      poll: formatDuration(config.reload.pollMs),
      deadline: formatDuration(config.reload.deadlineMs),
    },
    shutdown: {
      deadline: formatDuration(config.shutdown.deadlineMs),
      drain_delay: formatDuration(config.shutdown.drainDelayMs),
    },
    log: { level: log.level, access: log.access, sample: perCent(log.sampleRatio) },
  });
}

function formOfAddress({ url, host, headers, tls }: UpstreamAddress, disguise: Disguise): unknown {
  const fields = Object.entries(headers).map(([name, value]) => [name, disguise.secret(value)] as const);
  if (host === undefined && fields.length === 0 && tls === undefined) return url;
  return {
    url,
    host,
    headers: fields.length === 0 ? undefined : Object.fromEntries(fields),
    tls: tls && {
      ca: tls.ca && disguise.pem(tls.ca),
      cert: tls.cert && disguise.pem(tls.cert),
      key: tls.key && disguise.pem(tls.key),
      server_name: tls.serverName,
      verify: tls.verify,
    },
  };
}

function formOfIdentity(identity: Config["identity"], disguise: Disguise): unknown {
  const { header, headerTrustedFrom, cookie, address, trustedHops } = identity;
  return {
    header: headerTrustedFrom === undefined ? header : { name: header, trusted_from: headerTrustedFrom },
    cookie: {
      name: cookie.name,
      ttl: formatDuration(cookie.ttlSeconds * 1000),
      secure: cookie.secure,
      same_site: cookie.sameSite,
      domain: cookie.domain,
      secret: cookie.secrets.length === 0 ? undefined : formOfSecrets(cookie.secrets, disguise),
      accept_unsigned_until:
        cookie.acceptUnsignedUntil === undefined
          ? undefined
          : new Date(cookie.acceptUnsignedUntil).toISOString(),
    },
    address: address ? "on" : "off",
    trusted_hops: trustedHops,
  };
}

function formOfUpstream(upstream: UpstreamSettings) {
  const { queue, health, ejection, totalTimeoutMs } = upstream;
  return {
    connect_timeout: formatDuration(upstream.connectTimeoutMs),
    first_byte_timeout: formatDuration(upstream.firstByteTimeoutMs),
    idle_timeout: formatDuration(upstream.idleTimeoutMs),
    total_timeout: totalTimeoutMs === undefined ? "off" : formatDuration(totalTimeoutMs),
    keep_alive: formatDuration(upstream.keepAliveMs),
    max_in_flight: upstream.maxInFlight,
    queue: { size: queue.size, timeout: formatDuration(queue.timeoutMs) },
    retry_budget: perCent(upstream.retryBudget),
    require_framing: upstream.requireFraming,
    on_unavailable: upstream.onUnavailable,
    dns_refresh: formatDuration(upstream.dnsRefreshMs),
    health: {
      path: health.path,
      interval: formatDuration(health.intervalMs),
      timeout: formatDuration(health.timeoutMs),
      healthy_after: health.healthyAfter,
      unhealthy_after: health.unhealthyAfter,
    },
    ejection: {
      failures: ejection.afterFailures,
      base: formatDuration(ejection.baseMs),
      max: formatDuration(ejection.maxMs),
    },
  };
}

export function formOfSecrets(secrets: readonly string[], disguise: Disguise): unknown {
  const disguised = secrets.map(disguise.secret);
  return disguised.length === 1 ? disguised[0] : disguised;
}

/** 0.07 × 100 is 7.000000000000001. */
function perCent(ratio: number): number {
  return Number((ratio * 100).toPrecision(12));
}

/** Keys that say nothing are not in the file; YAML would write them as null. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === undefined ? [] : [[key, withoutUndefined(inner)]],
    ),
  );
}
