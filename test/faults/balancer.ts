import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

export interface Balancer {
  readonly port: number;
  close(): Promise<void>;
}

/** Passes the bytes of connections on, each to the next of these ports in turn. */
export async function openBalancer(ports: readonly number[]): Promise<Balancer> {
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer((downstream) => {
    const upstream = connect(ports[turn++ % ports.length] ?? 0, "127.0.0.1").setNoDelay(true);
    downstream.setNoDelay(true).pipe(upstream).pipe(downstream);
    for (const [socket, other] of [
      [downstream, upstream],
      [upstream, downstream],
    ] as const) {
      open.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => {
        open.delete(socket);
        // Whoever is left has nobody to talk to: a caller who breaks off is gone for the gateway, too.
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
