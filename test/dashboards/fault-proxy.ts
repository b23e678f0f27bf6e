import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { listen } from "../support/listen.ts";

/** A service before another one, that answers some of its predictions with a 500 of its own. */
export interface FaultProxy {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param every of so many predictions one fails, evenly, so that a run is like the next */
export function startFaultProxy(upstreamPort: number, every: number): Promise<FaultProxy> {
  let predictions = 0;
  return listen((incoming, answer) => {
    if (incoming.method === "POST") predictions += 1;
    if (incoming.method === "POST" && predictions % every === 0) fail(incoming, answer);
    else forward(incoming, answer, upstreamPort);
  });
}

function fail(incoming: IncomingMessage, answer: ServerResponse): void {
  incoming.resume().once("end", () => {
    answer.writeHead(500, { "content-type": "application/problem+json" });
    answer.end('{"status":500,"code":"internal","title":"Internal Server Error"}');
  });
}

function forward(incoming: IncomingMessage, answer: ServerResponse, port: number): void {
  const { method, url, headers } = incoming;
  const to = { host: "127.0.0.1", port, method, path: url, headers, agent: false };
  const onward = request(to, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  onward.on("error", () => answer.destroy());
  incoming.pipe(onward);
}
