import type { Config } from "../config/config.ts";
import { formatDuration } from "../config/duration.ts";
import type { LoadedConfig } from "../config/load.ts";
import { findWarnings, type Remark } from "./warnings.ts";

export interface VariantSummary {
  readonly name: string;
  readonly weight: number;
  readonly control: boolean;
  /** Both undefined where the variant has no buckets. */
  readonly firstBucket: number | undefined;
  readonly lastBucket: number | undefined;
  readonly upstreams: readonly string[];
}

/** What an operator wants to see of a configuration before it runs. */
export interface Summary {
  readonly file: string;
  readonly hash: string;
  readonly experiment: string;
  readonly phase: number;
  readonly salted: boolean;
  readonly variants: readonly VariantSummary[];
  /** Where ids come from, in the order in which they are asked. */
  readonly sources: readonly string[];
  readonly traffic: string;
  readonly admin: string;
  /** Where force tokens are read. */
  readonly force: string | undefined;
  readonly warnings: readonly Remark[];
}

/** @param now milliseconds since the epoch */
export function summarise({ config, file, hash }: LoadedConfig, now: number): Summary {
  const { experiment, listen, admin, force } = config;
  const scheme = listen.tls === undefined ? "http" : "https";
  const unix = listen.unix === undefined ? "" : ` and ${listen.unix}`;
  return {
    file,
    hash,
    experiment: experiment.name,
    phase: experiment.phase,
    salted: experiment.salt !== "",
    variants: summariseVariants(config),
    sources: summariseSources(config.identity),
    traffic: `${scheme}://${authority(listen)}${unix}`,
    admin: `http://${authority(admin)}${admin.token === undefined ? "" : ", with a token"}`,
    force: force === undefined ? undefined : `header or cookie ${force.header}`,
    warnings: findWarnings(config, now),
  };
}

function summariseVariants({ variants }: Config): VariantSummary[] {
  let start = 0;
  return variants.map(({ name, weight, control, upstreams }) => {
    const firstBucket = start;
    start += weight;
    return {
      name,
      weight,
      control,
      firstBucket: weight === 0 ? undefined : firstBucket,
      lastBucket: weight === 0 ? undefined : start - 1,
      upstreams: upstreams.map(({ url }) => url),
    };
  });
}

function summariseSources({ header, headerTrustedFrom, cookie, address, trustedHops }: Config["identity"]) {
  const from = headerTrustedFrom === undefined ? "" : ` (from ${headerTrustedFrom.join(", ")})`;
  const signed = cookie.secrets.length === 0 ? "unsigned" : "signed";
  const ofWhom = trustedHops === 0 ? "the caller's" : `X-Forwarded-For, ${trustedHops} trusted`;
  return [
    `header ${header}${from}`,
    `cookie ${cookie.name} (${signed}, ${formatDuration(cookie.ttlSeconds * 1000)})`,
    ...(address ? [`address (${ofWhom})`] : []),
    "a new session",
  ];
}

function authority({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
