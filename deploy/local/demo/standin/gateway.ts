import type { ServerResponse } from "node:http";
import { listen } from "../../../../test/support/listen.ts";

/** A gateway for tests: both listeners on real sockets; it knows users as the real one does and forwards to workers. */
export interface StandinGateway {
  readonly url: string;
  readonly admin: string;
  /** The users it recognised, by id, and how many requests each sent. */
  readonly users: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

interface StandinVariant {
  readonly name: string;
  readonly weight: number;
  readonly url: string;
}

export interface StandinGatewayOptions {
  readonly variants: readonly StandinVariant[];
  /** A status instead of forwarding, by number of the request from 0. */
  readonly refuse?: (call: number) => number | undefined;
  readonly givesCookies?: boolean;
  /** What `/config` answers, in place of what the gateway does. */
  readonly config?: unknown;
}

export async function startStandinGateway(options: StandinGatewayOptions): Promise<StandinGateway> {
  const { variants, refuse, givesCookies = true } = options;
  const users = new Map<string, number>();
  const variantOf = new Map<string, StandinVariant>();
  const statuses = new Map<string, number>();
  let calls = 0;

  const answer = async (id: string, body: string, response: ServerResponse) => {
    users.set(id, (users.get(id) ?? 0) + 1);
    const variant = variantOf.get(id) ?? variants[variantOf.size % variants.length];
    if (variant === undefined) throw new Error("a gateway has variants");
    variantOf.set(id, variant);
    const refusal = refuse?.(calls++);
    const upstream =
      refusal === undefined ? await fetch(`${variant.url}/predict`, { method: "POST", body }) : undefined;
    const status = refusal ?? upstream?.status ?? 502;
    const key = `model_version="${variant.name}",status="${status}"`;
    statuses.set(key, (statuses.get(key) ?? 0) + 1);
    response.writeHead(status, { "content-type": "application/json" }).end((await upstream?.text()) ?? "{}");
  };

  const traffic = await listen((request, response) => {
    if (request.url !== "/predict") return response.writeHead(404).end();
    const cookie = /model_session=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
    const id = request.headers["x-user-id"]?.toString() ?? cookie ?? `session${users.size}`;
    if (givesCookies && !request.headers["x-user-id"] && !cookie) {
      response.setHeader("set-cookie", `model_session=${id}; HttpOnly; SameSite=Lax; Path=/`);
    }
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => void answer(id, body, response).catch(() => response.destroy()));
    return response;
  });

  const admin = await listen((request, response) => {
    if (request.url === "/config") {
      const config = {
        experiment: { name: "test-experiment", salt: "", phase: 1 },
        variants: variants.map(({ name, weight, url }) => ({ name, weight, upstreams: [url] })),
        identity: { header: "x-user-id" },
      };
      const running = { hash: "1f", generation: 1, file: "experiment.yaml", config, reloads: [] };
      return response.end(JSON.stringify(options.config ?? running));
    }
    if (request.url === "/metrics") {
      return response.end(
        [...statuses].map(([key, count]) => `ab_requests_total{${key}} ${count}\n`).join(""),
      );
    }
    return response.writeHead(404).end();
  });

  const stop = async () => {
    await Promise.all([traffic.stop(), admin.stop()]);
  };
  return { url: traffic.url, admin: admin.url, users, stop };
}
