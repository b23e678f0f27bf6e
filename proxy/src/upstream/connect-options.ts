import { isIP, type LookupFunction } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import type { UpstreamTls } from "../config/config.ts";

/** What `net.connect`, `tls.connect` and `node:http(s)` need to reach an upstream. */
export interface ConnectOptions {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Of names only. */
  readonly lookup?: LookupFunction;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Always set with TLS, empty for an IP address: left out, node takes the `Host` field for it. */
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
  /** Of `ca`, `cert` and `key`, read once instead of at every connect. */
  readonly secureContext?: SecureContext;
}

export function createConnectOptions(
  url: URL,
  tls: UpstreamTls | undefined,
  lookup: LookupFunction | undefined,
): ConnectOptions {
  const host = bareHost(url);
  const isTls = url.protocol === "https:";
  const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port);
  const plain = { host, port, tls: isTls, ...(lookup && { lookup }) };
  if (!isTls) return plain;
  const pem = {
    ...(tls?.ca && { ca: tls.ca.pem }),
    ...(tls?.cert && { cert: tls.cert.pem }),
    ...(tls?.key && { key: tls.key.pem }),
  };
  return {
    ...plain,
    ...pem,
    secureContext: createSecureContext(pem),
    servername: tls?.serverName ?? (isIP(host) === 0 ? host : ""),
    rejectUnauthorized: tls?.verify ?? true,
  };
}

/** The URL's host without the brackets of IPv6. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}
