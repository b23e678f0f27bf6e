import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Config } from "../config/config.ts";
import { createDrain } from "../drain.ts";
import type { Refusal } from "../errors.ts";
import { type ConnectionGauges, Connections, guardConnections } from "./connections.ts";
import { HTTP1_OPTIONS, serveHttp1, silenceLimitMs, type TrafficHandlers } from "./http1.ts";
import { Http2Side } from "./http2.ts";
import { answerRaw } from "./raw-answer.ts";
import { type Certificate, createTlsServer, renewCertificate } from "./tls.ts";
import { listenOnUnixSocket } from "./unix-socket.ts";

export interface TrafficListenerOptions extends TrafficHandlers {
  readonly connections: ConnectionGauges;
}

/** What the listener reads of the configuration. */
export type TrafficConfig = Pick<Config, "listen"> & {
  readonly upstream: Pick<Config["upstream"], "firstByteTimeoutMs" | "idleTimeoutMs">;
};

export interface TrafficListener {
  /**
   * Binds the port and, where configured, the unix socket.
   *
   * @throws {NodeJS.ErrnoException} what node says; nothing is bound then
   */
  listen(config: TrafficConfig): Promise<void>;
  /** Of the port; throws before `listen`. */
  address(): { readonly host: string; readonly port: number };
  /** What may change while it listens: certificate, connection limits, silence limit. */
  apply(config: TrafficConfig): void;
  /** Stops accepting, closes idle connections, and ends what is left after `deadlineMs`. */
  drain(deadlineMs: number): Promise<void>;
}

/** Where callers connect: one port, plain or TLS with HTTP/2, and a unix socket beside it. */
export function createTrafficListener(options: TrafficListenerOptions): TrafficListener {
  const { handle, count } = options;
  const connections = new Connections(options.connections);
  const servers: Server[] = [];
  const drains: ((deadlineMs: number) => Promise<void>)[] = [];
  let secured:
    | { readonly server: TlsServer; readonly http2: Http2Side; certificate: Certificate }
    | undefined;

  function open<S extends Server | TlsServer>(
    server: S,
    refuse: (socket: Socket, refusal: Refusal) => void,
  ): S {
    guardConnections(server, connections, (socket, refusal) => {
      count.refused(refusal);
      socket.on("error", () => socket.destroy());
      refuse(socket, refusal);
    });
    serveHttp1(server, options);
    servers.push(server);
    drains.push(createDrain(server));
    return server;
  }

  function openPort({ listen, upstream }: TrafficConfig): Server {
    if (listen.tls === undefined) return open(createServer(HTTP1_OPTIONS), answerRaw);
    const http2 = new Http2Side(handle, count, silenceLimitMs(upstream));
    const server = createTlsServer(listen.tls, http2);
    secured = { server, http2, certificate: listen.tls };
    // What cannot be said before the handshake is not worth one.
    return open(server, (socket) => socket.destroy());
  }

  function apply({ listen, upstream }: TrafficConfig): void {
    connections.limit(listen);
    if (secured === undefined || listen.tls === undefined) return;
    secured.http2.silenceLimitMs = silenceLimitMs(upstream);
    const { cert, key } = secured.certificate;
    if (cert.pem === listen.tls.cert.pem && key.pem === listen.tls.key.pem) return;
    renewCertificate(secured.server, listen.tls);
    secured.certificate = listen.tls;
  }

  async function drain(deadlineMs: number): Promise<void> {
    secured?.http2.drain();
    await Promise.all(drains.map((drainServer) => drainServer(deadlineMs)));
  }

  return {
    async listen(config) {
      const { host, port, unix, reusePort } = config.listen;
      const server = openPort(config);
      const local = unix === undefined ? undefined : open(createServer(HTTP1_OPTIONS), answerRaw);
      apply(config);
      server.listen({ host, port, reusePort });
      await once(server, "listening");
      if (local === undefined || unix === undefined) return;
      try {
        await listenOnUnixSocket(local, unix);
      } catch (error) {
        server.close();
        throw error;
      }
    },
    address() {
      const [port] = servers;
      if (port === undefined) throw new Error("the traffic listener does not listen yet");
      const bound = port.address() as AddressInfo;
      return { host: bound.address, port: bound.port };
    },
    apply,
    drain,
  };
}
