import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Sink {
  /** As containers with `host.docker.internal` reach it. */
  readonly url: string;
  /** Bodies in the order of their coming. */
  readonly received: readonly string[];
  close(): void;
}

/** Stands on this machine where a receiver's webhook leads to. */
export async function openSink(): Promise<Sink> {
  const received: string[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    request.on("end", () => {
      received.push(text);
      response.end();
    });
  });
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://host.docker.internal:${port}/`,
    received,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
