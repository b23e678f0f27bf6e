import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { ConnectionLimits } from "../http/connections.ts";
import type { Contract } from "../http/contract.ts";
import { createPredictHandler, type PredictParts } from "../http/predict.ts";
import { createHttpServer, type HttpServer } from "../http/server.ts";
import { createLog } from "../log.ts";
import type { DroppedConnection } from "../metrics/requests.ts";

export function testContract(changes: Partial<Contract> = {}): Contract {
  return {
    task: "text-classification",
    labels: ["negative", "positive"],
    limits: { texts: 8, characters: 1000, bodyBytes: 10_000 },
    requestTimeoutMs: 30_000,
    allowsDetail: false,
    ...changes,
  };
}

export interface BareServer {
  readonly server: HttpServer;
  readonly url: string;
  /** Statuses of the prediction requests that ended, in that order. */
  readonly counted: readonly number[];
  /** Why connections were refused or cut. */
  readonly dropped: readonly DroppedConnection[];
  /** Prediction requests that arrived. */
  requests(): number;
  /** Sends one prediction request on a connection of its own. */
  post(body: string, headers?: Readonly<Record<string, string>>): Socket;
}

/** The HTTP surface alone, whose predictions are what the test says. */
export async function bareServer(
  t: TestContext,
  predict: PredictParts["predict"],
  contract: Contract = testContract(),
  connections: Partial<ConnectionLimits> = {},
): Promise<BareServer> {
  const counted: number[] = [];
  const dropped: DroppedConnection[] = [];
  const ends = {
    answered: () => void counted.push(200),
    failed: (status: number) => void counted.push(status),
  };
  const metrics = {
    ...ends,
    shadow: ends,
    input: () => {},
    emptyInput: () => {},
  };
  const log = createLog("silent", "tested");
  const handle = createPredictHandler({
    contract,
    bodyMs: 60_000,
    metrics,
    log,
    refusal: () => undefined,
    predict,
  });
  let requests = 0;
  const server = createHttpServer({
    contract,
    predict(...request) {
      requests += 1;
      return handle(...request);
    },
    metrics: {
      contentType: "",
      expose: async () => "",
      connectionDropped: (reason) => void dropped.push(reason),
    },
    log,
    headersMs: 60_000,
    bodyMs: 60_000,
    connections,
    unreadiness: () => undefined,
    metadata: () => undefined,
  });
  await server.listen("127.0.0.1", 0);
  t.after(() => server.close(0, () => {}));
  const { host, port } = server.address();
  return {
    server,
    url: `http://${host}:${port}`,
    counted,
    dropped,
    requests: () => requests,
    post(body, headers = {}) {
      const socket = connect(port, host).on("error", () => {});
      t.after(() => socket.destroy());
      const all = { host: "a", "content-length": String(Buffer.byteLength(body)), ...headers };
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`POST /predict HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
      return socket;
    },
  };
}
