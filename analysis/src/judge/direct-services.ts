import type { Config } from "../../../proxy/src/config/config.ts";
import type { Service } from "../../../proxy/src/page/processes.ts";
import { createConnectOptions } from "../../../proxy/src/upstream/connect-options.ts";

/** Admin listeners of the gateways: those named for the judge, else the configuration's own and its replicas. */
export function gatewayUrls({ judge, admin }: Pick<Config, "judge" | "admin">): readonly string[] {
  if (judge.gateways.length > 0) return [...new Set(judge.gateways)];
  const own = admin.port === 0 ? [] : [`http://${authority(reachable(admin.host), admin.port)}`];
  return [...new Set([...own, ...admin.replicas])];
}

export function gatewayServices(config: Pick<Config, "judge" | "admin">): readonly Service[] {
  const { token } = config.admin;
  return gatewayUrls(config).map((url) => ({
    connectOptions: createConnectOptions(new URL(url), undefined, undefined),
    // An address passes every gateway's guard (admin.hosts), a name only where it is listed.
    authority: undefined,
    headers: token === undefined ? [] : ["authorization", `Bearer ${token}`],
    addresses: [],
  }));
}

/** Services of one variant, each server once, whatever path prefixes it has. */
export function workerServices({ upstreams }: Config["variants"][number]): readonly Service[] {
  const services = new Map<string, Service>();
  for (const { url, host, headers, tls } of upstreams) {
    const parsed = new URL(url);
    const authority = host ?? parsed.host;
    services.set(`${parsed.origin} ${authority}`, {
      connectOptions: createConnectOptions(parsed, tls, undefined),
      authority,
      headers: Object.entries(headers).flat(),
      addresses: [],
    });
  }
  return [...services.values()];
}

/** Where a listener that takes every address is reached on this machine. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" || host === "[::]" ? "::1" : host;
}

function authority(host: string, port: number): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]:${port}` : `${host}:${port}`;
}
