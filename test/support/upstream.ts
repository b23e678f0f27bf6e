import { once } from "node:events";
import type { RequestListener, Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import type { TestContext } from "node:test";
import { listen } from "./listen.ts";

/** A service behind the proxy, on a port of its own, until the test ends. */
export async function startUpstream(
  t: TestContext,
  handle: RequestListener,
): Promise<{ url: string; server: Server }> {
  const { url, server, stop } = await listen(handle);
  t.after(stop);
  return { url, server };
}

/** An address on which nothing listens. */
export async function unusedUrl(): Promise<string> {
  const { url, stop } = await listen((_, response) => void response.end());
  await stop();
  return url;
}

/** A TCP server that answers every connection with the same bytes and then does as `after` says. */
export async function startBytes(
  t: TestContext,
  bytes: string,
  after: "end" | "reset" | "stay",
): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.write(bytes, () => {
        if (after === "end") socket.end();
        if (after === "reset") socket.resetAndDestroy();
      });
    });
    t.after(() => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
