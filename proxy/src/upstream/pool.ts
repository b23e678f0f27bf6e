import { buildConnector, Pool } from "undici";
import type { UpstreamSettings } from "../config/config.ts";
import type { ConnectOptions } from "./connect-options.ts";

export type PoolSettings = Pick<
  UpstreamSettings,
  "connectTimeoutMs" | "firstByteTimeoutMs" | "idleTimeoutMs" | "keepAliveMs"
>;

export function createPool(origin: string, options: ConnectOptions, settings: PoolSettings): Pool {
  const { host: _host, port: _port, tls: _tls, servername, ...rest } = options;
  const connect = buildConnector({ ...rest, allowH2: false, timeout: settings.connectTimeoutMs });
  return new Pool(origin, {
    // The cap of requests in flight bounds the connections: a second bound here would be a hidden queue.
    connections: null,
    pipelining: 1,
    allowH2: false,
    // undici takes the server's name from the request's Host, which may be another (lib/core/request.js).
    connect: (target, callback) => connect({ ...target, servername: servername ?? "" }, callback),
    headersTimeout: settings.firstByteTimeoutMs,
    bodyTimeout: settings.idleTimeoutMs,
    keepAliveTimeout: settings.keepAliveMs,
    // An upstream's own `Keep-Alive: timeout` must not stretch ours: it may close in the meantime.
    keepAliveMaxTimeout: settings.keepAliveMs,
    maxResponseSize: -1,
  });
}
