import type { RequestListener, Server } from "node:http";
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
