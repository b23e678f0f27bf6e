import type { Server, Socket } from "node:net";
import type { Refusal } from "../errors.ts";
import { networkOf } from "../identity/address.ts";
import type { Series } from "../metrics/series.ts";

export interface ConnectionLimits {
  readonly maxConnections: number;
  /** undefined is no limit. */
  readonly maxConnectionsPerAddress: number | undefined;
}

export interface ConnectionGauges {
  /** Open connections now. */
  readonly open: Series;
  /** How many may be open. */
  readonly limit: Series;
}

/** Counts the traffic listener's connections, in all and for each address of a caller, and knows how many may be. */
export class Connections {
  readonly #gauges: ConnectionGauges;
  readonly #byAddress = new Map<string, number>();
  #perAddress = Number.POSITIVE_INFINITY;

  constructor(gauges: ConnectionGauges) {
    this.#gauges = gauges;
  }

  /** Connections that are open already stay, however many they are. */
  limit({ maxConnections, maxConnectionsPerAddress }: ConnectionLimits): void {
    this.#gauges.limit.value = maxConnections;
    this.#perAddress = maxConnectionsPerAddress ?? Number.POSITIVE_INFINITY;
  }

  /** Counts the connection until it closes, or says why it may not be. */
  admit(socket: Socket): Refusal | undefined {
    const { open, limit } = this.#gauges;
    if (open.value >= limit.value)
      return tooMany(`${limit.value} connections are open, which is the limit (listen.max_connections)`);
    // Callers on the unix socket have no address: they are bounded together.
    const { remoteAddress } = socket;
    const address = remoteAddress === undefined ? undefined : networkOf(remoteAddress);
    const ofAddress = address === undefined ? 0 : (this.#byAddress.get(address) ?? 0);
    if (ofAddress >= this.#perAddress)
      return tooMany(
        `${this.#perAddress} connections from this address are open, which is the limit (listen.max_connections_per_address)`,
      );
    open.value++;
    if (address !== undefined) this.#byAddress.set(address, ofAddress + 1);
    socket.once("close", () => {
      open.value--;
      if (address !== undefined) this.#leave(address);
    });
    return undefined;
  }

  #leave(address: string): void {
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, left);
  }
}

/**
 * Asks `connections` before the server sees a new connection, so that one too many costs no parser and no handshake.
 * The server's own listener cannot be stopped from behind: it is called from here.
 */
export function guardConnections(
  server: Server,
  connections: Connections,
  refuse: (socket: Socket, refusal: Refusal) => void,
): void {
  const own = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const refusal = connections.admit(socket);
    if (refusal !== undefined) return refuse(socket, refusal);
    for (const listener of own) listener.call(server, socket);
  });
}

function tooMany(why: string): Refusal {
  return {
    code: "too_many_connections",
    detail: `${why}; use the connections that are open, or try again later.`,
    retryAfterSeconds: 1,
  };
}
