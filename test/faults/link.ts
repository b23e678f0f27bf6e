import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "../support/random.ts";

/** What stands between the gateways and a worker, and fails as it is told. */
export interface Link {
  readonly url: string;
  /** Shares of the predictions, 0 to 1, that are answered with 500, and what every one of the others is delayed by. */
  set(faults: { readonly errorRatio?: number; readonly delayMs?: number }): void;
  /** From now on nobody answers at its address. */
  cut(): void;
  close(): Promise<void>;
}

const JUNK = JSON.stringify({ error: "on purpose" });

/** @param target the worker's address */
export async function openLink(target: string, random: Random): Promise<Link> {
  let [errorRatio, delayMs] = [0, 0];
  const { hostname, port } = new URL(target);
  const pass = async (from: IncomingMessage, to: ServerResponse) => {
    const isPrediction = from.method === "POST";
    if (isPrediction && random() < errorRatio) {
      from.resume();
      to.writeHead(500, { "content-type": "application/json", "content-length": JUNK.length }).end(JUNK);
      return;
    }
    if (isPrediction && delayMs > 0) await pause(delayMs);
    const onward = request(
      { hostname, port, method: from.method, path: from.url, headers: from.headers },
      (answer) => {
        to.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(to);
      },
    );
    onward.on("error", () => to.destroy());
    to.on("close", () => onward.destroy());
    from.pipe(onward);
  };
  const server = createServer((from, to) => void pass(from, to));
  const closed = new Promise<void>((resolve) => server.once("close", () => resolve()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set(faults) {
      errorRatio = faults.errorRatio ?? 0;
      delayMs = faults.delayMs ?? 0;
    },
    cut: () => closeServer(server),
    async close() {
      if (server.listening) closeServer(server);
      await closed;
    },
  };
}

function closeServer(server: Server): void {
  server.close();
  server.closeAllConnections();
}
