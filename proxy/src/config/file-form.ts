import { formatDuration } from "./duration.ts";
import type { Config, ConfigFile, LogLevel } from "./schema.ts";

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

/** The validated file, with flags and environment over it, in the form that the program uses. */
export function effectiveConfig(file: ConfigFile, overrides: Overrides): Config {
  const { experiment, identity, upstream, blind, listen, admin } = file;
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
      upstreams: upstreams.map((url) => ({ url })),
    })),
    identity: {
      header: identity.header,
      cookie: {
        name: identity.cookie.name,
        ttlSeconds: Math.floor(identity.cookie.ttl / 1000),
        secure: identity.cookie.secure,
        sameSite: identity.cookie.same_site,
        domain: identity.cookie.domain,
      },
      address: identity.address === "on",
      trustedHops: identity.trusted_hops,
    },
    upstream: {
      connectTimeoutMs: upstream.connect_timeout,
      firstByteTimeoutMs: upstream.first_byte_timeout,
      idleTimeoutMs: upstream.idle_timeout,
      keepAliveMs: upstream.keep_alive,
      maxInFlight: upstream.max_in_flight,
    },
    blind: {
      headers: [...new Set(blind.headers)],
      clientErrors: blind.client_errors,
      hiddenPaths: [...new Set([...HIDDEN_PATHS, ...blind.hidden_paths])],
    },
    listen: { host: overrides.host ?? listen.host, port: overrides.port ?? listen.port },
    admin: {
      host: overrides.adminHost ?? admin.host,
      port: overrides.adminPort ?? admin.port,
      hosts: admin.hosts,
    },
    reload: { pollMs: file.reload.poll },
    shutdown: { deadlineMs: file.shutdown.deadline },
    log: { level: overrides.logLevel ?? file.log.level },
  };
}

/** `config` in the form of the file, as `GET /config` shows it: secrets masked. */
export function publicConfig(config: Config): unknown {
  const { experiment, identity, upstream, blind } = config;
  return {
    experiment: { ...experiment, salt: experiment.salt === "" ? "" : "***" },
    variants: config.variants.map((variant) => ({
      ...variant,
      upstreams: variant.upstreams.map(({ url }) => url),
    })),
    identity: {
      header: identity.header,
      cookie: {
        name: identity.cookie.name,
        ttl: formatDuration(identity.cookie.ttlSeconds * 1000),
        secure: identity.cookie.secure,
        same_site: identity.cookie.sameSite,
        ...(identity.cookie.domain === undefined ? {} : { domain: identity.cookie.domain }),
      },
      address: identity.address ? "on" : "off",
      trusted_hops: identity.trustedHops,
    },
    upstream: {
      connect_timeout: formatDuration(upstream.connectTimeoutMs),
      first_byte_timeout: formatDuration(upstream.firstByteTimeoutMs),
      idle_timeout: formatDuration(upstream.idleTimeoutMs),
      keep_alive: formatDuration(upstream.keepAliveMs),
      max_in_flight: upstream.maxInFlight,
    },
    blind: { headers: blind.headers, client_errors: blind.clientErrors, hidden_paths: blind.hiddenPaths },
    listen: config.listen,
    admin: config.admin,
    reload: { poll: formatDuration(config.reload.pollMs) },
    shutdown: { deadline: formatDuration(config.shutdown.deadlineMs) },
    log: config.log,
  };
}
