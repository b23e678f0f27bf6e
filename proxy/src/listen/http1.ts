import type { IncomingMessage, RequestListener, Server, ServerOptions, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { closesConnection, currentAnswer } from "../drain.ts";
import type { Refusal } from "../errors.ts";
import { HTTP1_LIMITS } from "./limits.ts";
import { answerParserRefusals, type ListenerCounts } from "./parser-refusals.ts";
import { endWithProblem } from "./raw-answer.ts";
import { isWebSocketRequest } from "./websocket-request.ts";

export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface TrafficHandlers {
  readonly handle: RequestListener;
  /** Gets the WebSocket requests; every other wish to upgrade is served as a plain request. */
  readonly upgrade: UpgradeListener;
  readonly count: ListenerCounts;
}

/** What every server of the traffic listener is made with, plain or TLS. */
export const HTTP1_OPTIONS: ServerOptions = { ...HTTP1_LIMITS, shouldUpgradeCallback: isWebSocketRequest };

/** Gives a server that was made with `HTTP1_OPTIONS` our handlers, our words and our silence limit. */
export function serveHttp1(server: Server, { handle: serve, upgrade, count }: TrafficHandlers): void {
  const handle = guardPipeline(serve, count);
  server.on("request", handle);
  // Beyond this count node drops headers unseen, the unit id among them; their size is limited anyway.
  server.maxHeadersCount = 0;
  // Whatever a caller expects, the upstream never sees it: answer as if it had not been said.
  server.on("checkExpectation", handle);
  // Node would send 100 at once; the pipeline does when it wants the body (`response.writeContinue()`).
  server.on("checkContinue", handle);
  answerParserRefusals(server, count);
  server.on("upgrade", upgrade);
}

/**
 * How long a caller with a request under way may neither send nor read. An upstream may take `firstByteTimeoutMs` to
 * begin and pause for `idleTimeoutMs`: only more than both together is the caller's own silence.
 */
export function silenceLimitMs(upstream: { firstByteTimeoutMs: number; idleTimeoutMs: number }): number {
  return upstream.firstByteTimeoutMs + upstream.idleTimeoutMs;
}

/** Requests of one connection that may wait for the answers before theirs. */
const PIPELINED = 32;

/** The answers of a connection that wait behind the one that it works on. */
interface Pipeline {
  last: ServerResponse;
  waiting: number;
}

/**
 * Node goes on reading requests behind one whose answer closes the connection. They are not to be served (RFC 9112,
 * 9.6): nobody would get the answer, and behind a doubtful request they may be somebody else's bytes. Nor may one
 * connection take every place with requests that were pipelined: one too many closes it.
 */
function guardPipeline(serve: RequestListener, count: ListenerCounts): RequestListener {
  const pipelines = new WeakMap<Socket, Pipeline>();
  return (request, response) => {
    const { socket } = request;
    const working = currentAnswer(socket);
    if (working === response) return serve(request, response);
    const pipeline = pipelines.get(socket) ?? { last: response, waiting: 0 };
    if (working === undefined || closesConnection(working)) return;
    if (pipeline.waiting > 0 && closesConnection(pipeline.last)) return;
    pipelines.set(socket, pipeline);
    pipeline.last = response;
    pipeline.waiting++;
    response.once("close", () => pipeline.waiting--);
    if (pipeline.waiting <= PIPELINED) return serve(request, response);
    count.refused(TOO_MANY_PIPELINED);
    endWithProblem(response, TOO_MANY_PIPELINED);
  };
}

const TOO_MANY_PIPELINED: Refusal = {
  code: "too_many_in_flight",
  detail: `More than ${PIPELINED} requests of this connection wait for their answers; read those first.`,
  retryAfterSeconds: 1,
};
