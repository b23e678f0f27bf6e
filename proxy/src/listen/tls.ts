import { createServer, type Server } from "node:https";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import type { Config } from "../config/config.ts";
import { HTTP1_OPTIONS } from "./http1.ts";
import type { Http2Side } from "./http2.ts";
import { HANDSHAKE_DEADLINE_MS } from "./limits.ts";

export type Certificate = NonNullable<Config["listen"]["tls"]>;

/** A TLS server for HTTP/1.1 whose connections that negotiate HTTP/2 go to `http2`. */
export function createTlsServer(certificate: Certificate, http2: Http2Side): Server {
  const server = createServer({
    ...HTTP1_OPTIONS,
    ...secureContext(certificate),
    ALPNProtocols: ["h2", "http/1.1"],
    handshakeTimeout: HANDSHAKE_DEADLINE_MS,
  });
  // Its own listener takes the connection for HTTP/1: node's limits and deadlines hang on it.
  const own = server.listeners("secureConnection") as ((socket: TLSSocket) => void)[];
  server.removeAllListeners("secureConnection");
  server.on("secureConnection", (socket: TLSSocket) => {
    if (socket.alpnProtocol === "h2") http2.accept(socket);
    else for (const listener of own) listener.call(server, socket);
  });
  // Its own would answer a failed handshake like a malformed request, in bytes that the caller cannot read.
  server.removeAllListeners("tlsClientError");
  server.on("tlsClientError", (_error, socket: TLSSocket) => socket.destroy());
  return server;
}

/** New connections get the new certificate; those that are open, and their sessions, go on. */
export function renewCertificate(server: Server, certificate: Certificate): void {
  server.setSecureContext(secureContext(certificate));
}

function secureContext({ cert, key }: Certificate): SecureContextOptions {
  return { cert: cert.pem, key: key.pem, minVersion: "TLSv1.2" };
}
