import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import { Server as NetServer, type Socket } from "node:net";

const SWEEP_MS = 50;

/**
 * The answer that a connection works on, if there is one. Node keeps it in this field and asks it the same question
 * in its own handlers (lib/_http_server.js, socketOnError).
 */
export function currentAnswer(socket: Socket): ServerResponse | undefined {
  return (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/** Whether the connection closes behind an answer, as far as its head has been decided. */
export function closesConnection(answer: ServerResponse): boolean {
  return !answer.shouldKeepAlive || (answer as ServerResponse & { _last?: boolean })._last === true;
}

/**
 * Returns a function that stops accepting, closes idle connections, lets the others end within `deadlineMs`, and then
 * ends every one. It resolves when no connection is left.
 *
 * Node's own `server.close()` takes an answer that was ended but not yet sent for an idle connection and cuts it
 * (`closeIdleConnections` asks for `finished`, not `writableFinished`): idle ones are closed only while there is none.
 */
export function createDrain(server: Server): (deadlineMs: number) => Promise<void> {
  const sockets = new Set<Socket>();
  function track(socket: Socket): void {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  }
  server.on("connection", track);
  // Of TLS servers: what a connection works on is known at the socket within it.
  server.on("secureConnection", track);
  function sweep(): void {
    for (const socket of sockets) {
      const answer = currentAnswer(socket);
      if (answer?.writableEnded === true && !answer.writableFinished) return;
    }
    server.closeIdleConnections();
  }
  return async (deadlineMs) => {
    const closed = once(server, "close");
    NetServer.prototype.close.call(server);
    sweep();
    // An answer whose head left before the drain said keep-alive: its connection becomes idle later.
    const sweeps = setInterval(sweep, SWEEP_MS);
    // Node's own `closeAllConnections` leaves handshakes, HTTP/2 and what was upgraded.
    const deadline = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, deadlineMs);
    await closed;
    clearInterval(sweeps);
    clearTimeout(deadline);
  };
}
