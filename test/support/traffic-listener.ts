import type { RequestListener } from "node:http";
import type { TestContext } from "node:test";
import type { Config } from "../../proxy/src/config/config.ts";
import {
  createTrafficListener,
  type TrafficConfig,
  type TrafficListener,
} from "../../proxy/src/listen/traffic.ts";

export interface RunningTraffic {
  readonly listener: TrafficListener;
  readonly port: number;
  readonly config: TrafficConfig;
  /** Codes of what the listener refused, `silent` among them, in their order. */
  readonly refused: readonly string[];
  readonly open: { readonly value: number };
  readonly limit: { readonly value: number };
}

/** A traffic listener on a free port with a handler of the test's own, until the test ends. */
export async function startTraffic(
  t: TestContext,
  handle: RequestListener,
  listen: Partial<Config["listen"]> = {},
  upstream: Partial<TrafficConfig["upstream"]> = {},
): Promise<RunningTraffic> {
  const refused: string[] = [];
  const open = { value: 0 };
  const limit = { value: 0 };
  const listener = createTrafficListener({
    handle,
    upgrade: (_request, socket) => socket.destroy(),
    count: {
      refused: ({ code }) => void refused.push(code),
      refusedWithinBody: ({ code }) => void refused.push(code),
      silent: () => void refused.push("silent"),
    },
    connections: { open, limit },
  });
  const config: TrafficConfig = {
    listen: {
      host: "127.0.0.1",
      port: 0,
      unix: undefined,
      reusePort: false,
      tls: undefined,
      maxConnections: 1000,
      maxConnectionsPerAddress: undefined,
      ...listen,
    },
    upstream: { firstByteTimeoutMs: 30_000, idleTimeoutMs: 60_000, ...upstream },
  };
  await listener.listen(config);
  t.after(() => listener.drain(0));
  return { listener, port: listener.address().port, config, refused, open, limit };
}
