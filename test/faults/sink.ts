import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** One alert of one message that Alertmanager delivered. */
export interface Delivery {
  readonly atMs: number;
  readonly receiver: string;
  readonly status: "firing" | "resolved";
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Where every receiver's messages go. */
export interface Sink {
  urlOf(receiver: string): string;
  /** All so far, oldest first. */
  readonly deliveries: readonly Delivery[];
  forget(): void;
  close(): Promise<void>;
}

interface Message {
  readonly alerts: readonly {
    readonly status: Delivery["status"];
    readonly labels: Readonly<Record<string, string>>;
  }[];
}

export async function openSink(): Promise<Sink> {
  const deliveries: Delivery[] = [];
  const server = createServer(async (request, response) => {
    const atMs = performance.now();
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const receiver = decodeURIComponent((request.url ?? "/").slice(1));
    for (const { status, labels } of (JSON.parse(text) as Message).alerts)
      deliveries.push({ atMs, receiver, status, labels, alert: labels.alertname ?? "" });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (receiver) => `http://127.0.0.1:${port}/${encodeURIComponent(receiver)}`,
    deliveries,
    forget: () => void deliveries.splice(0),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
