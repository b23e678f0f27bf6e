import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { retryable, type WorkerError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { DroppedConnection, RequestRecord } from "../metrics/requests.ts";
import { createSeldom } from "./seldom.ts";

export interface ConnectionLimits {
  /** Connections that may be open for any request. */
  readonly open: number;
  /** So many more may be open, each for one probe or scrape: what else comes there is refused. */
  readonly spare: number;
  /** How long one of those may be silent, so that nobody keeps it by saying nothing. */
  readonly spareMs: number;
  /** Requests of one connection that may wait behind the one that is being answered. */
  readonly pipelined: number;
  /** How long an answer may get no further because its caller does not read. */
  readonly unreadMs: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  open: 2048,
  spare: 32,
  spareMs: 1_000,
  pipelined: 32,
  unreadMs: 30_000,
};

export interface Connections {
  /** Called first with every request. @returns false where its connection was cut: nothing is to be done for it. */
  admit(request: IncomingMessage, response: ServerResponse): boolean;
  /** Why this connection answers nothing but probes and scrapes, or undefined. */
  refusal(request: IncomingMessage): WorkerError | undefined;
}

/** At most one warning of each reason in this time. */
const WARNING_MS = 60_000;

const REASONS: Readonly<Record<DroppedConnection, string>> = {
  too_many_open: "too many connections: refused",
  pipelined: "too many requests wait on one connection: cut",
  unread: "an answer was not read in time: connection cut",
};

/** Holds the callers' connections to the limits: how many, how much each may ask ahead, how slowly it may read. */
export function createConnections(
  server: Server,
  limits: ConnectionLimits,
  { metrics, log }: { readonly metrics: Pick<RequestRecord, "connectionDropped">; readonly log: Log },
): Connections {
  let open = 0;
  const spares = new WeakSet<Socket>();
  const waiting = new WeakMap<Socket, number>();
  const seldom = {
    too_many_open: createSeldom(WARNING_MS),
    pipelined: createSeldom(WARNING_MS),
    unread: createSeldom(WARNING_MS),
  };
  const dropped = (reason: DroppedConnection): void => {
    metrics.connectionDropped(reason);
    seldom[reason]((leftOut) => log.warn({ reason, dropped: leftOut + 1, limits }, REASONS[reason]));
  };

  server.maxConnections = limits.open + limits.spare;
  server.on("drop", () => dropped("too_many_open"));
  server.on("connection", (socket: Socket) => {
    open += 1;
    if (open > limits.open) spares.add(socket.setTimeout(limits.spareMs));
    socket.once("close", () => {
      open -= 1;
    });
  });
  // Begins anew whenever the system takes more of an answer, so it is no limit to how long a large one takes.
  server.timeout = limits.unreadMs;

  /** Counts the requests that wait behind the one their connection works on. @returns whether there was room. */
  const mayWait = (socket: Socket, response: ServerResponse): boolean => {
    const now = (waiting.get(socket) ?? 0) + 1;
    if (now > limits.pipelined) return false;
    waiting.set(socket, now);
    response.once("close", () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
    return true;
  };

  return {
    admit(request, response) {
      const { socket } = request;
      // Node reads on in what has come of a connection that is cut.
      if (socket.destroyed) return false;
      if (spares.has(socket)) response.shouldKeepAlive = false;
      // Node cuts silent connections itself, unless somebody listens; waiting for the model is no fault of the caller's.
      response.on("timeout", () => {
        if (!response.headersSent) return;
        dropped("unread");
        socket.destroy();
      });
      if (response.socket !== null || mayWait(socket, response)) return true;
      // To refuse it in order would mean to keep whatever comes until the answers before are read.
      dropped("pipelined");
      socket.destroy();
      return false;
    },
    refusal({ socket }) {
      if (!spares.has(socket)) return undefined;
      dropped("too_many_open");
      return retryable(
        "too_many_connections",
        `${limits.open} connections are open; use those, or try again in a moment`,
      );
    },
  };
}

/**
 * Resolves when the answers before this one have left, so that what waits on a connection costs its request and not its
 * answer too; never where the connection closes before that.
 */
export function untilTurn(response: ServerResponse): Promise<void> {
  // Whatever body comes along: nobody wants it, and it is not to be kept until then.
  response.req.resume();
  const { promise, resolve } = Promise.withResolvers<void>();
  // Node says so to whoever listens (lib/_http_server.js, assignSocket); its documentation names it for clients only.
  response.once("socket", () => resolve());
  return promise;
}
