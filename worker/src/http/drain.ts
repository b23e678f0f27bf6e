import type { Server, ServerResponse } from "node:http";
import { Server as NetServer } from "node:net";
import type { WorkerError } from "../errors.ts";
import { sendProblem } from "./response.ts";

export interface Drain {
  /** Called with every response before anything is done with it. */
  track(response: ServerResponse): void;
  /**
   * Accepts no connection more and lets what runs finish; what comes meanwhile on a connection that is open already is
   * answered, and then its connection closed. What is left at the deadline is answered with `error`, and cut a moment later.
   * @param onDeadline called before that answer, so that nothing more is computed for it.
   */
  close(deadlineMs: number, error: WorkerError, onDeadline: () => void): Promise<void>;
}

/** What the last answers have to reach their callers when the server closes. */
const LAST_ANSWER_MS = 100;

/**
 * The orderly end of a server.
 *
 * Node's own `close()` takes an answer that was ended but not yet sent for an idle connection, and cuts it
 * (`closeIdleConnections` asks for `finished`, not `writableFinished`): idle connections are closed only when no answer is
 * under way. Until then they stay, so that a caller who uses one gets its 503 instead of a reset.
 */
export function createDrain(server: Server): Drain {
  const open = new Set<ServerResponse>();
  let isClosing = false;
  return {
    track(response) {
      response.shouldKeepAlive &&= !isClosing;
      open.add(response);
      response.once("close", () => {
        open.delete(response);
        if (isClosing && open.size === 0) server.closeIdleConnections();
      });
    },
    async close(deadlineMs, error, onDeadline) {
      isClosing = true;
      if (!server.listening) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      NetServer.prototype.close.call(server, () => resolve());
      for (const response of open) response.shouldKeepAlive = false;
      if (open.size === 0) server.closeIdleConnections();
      const cut = () => {
        for (const response of open) response.destroy(error);
        server.closeAllConnections();
      };
      let timer = setTimeout(() => {
        onDeadline();
        for (const response of open) sendProblem(response, error);
        timer = setTimeout(cut, LAST_ANSWER_MS);
      }, deadlineMs);
      await promise;
      clearTimeout(timer);
      // Stops Node's own watch over slow connections, which its net server does not know.
      server.close();
    },
  };
}
