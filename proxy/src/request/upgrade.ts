import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Generation } from "../generation.ts";
import { Exchange } from "./exchange.ts";
import type { Pipeline, PipelineSource } from "./pipeline.ts";
import { UpgradeResponse } from "./upgrade-response.ts";
import { WebSocketForwarding } from "./websocket.ts";

export interface Upgrades {
  /** Serves a WebSocket request; up to its variant like a plain one. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends what was opened, or is being opened, under a generation whose time is up. */
  end(generation: Generation): void;
}

export function createUpgrades(source: PipelineSource, admit: Pipeline["admit"]): Upgrades {
  const sockets = new Map<Generation, Set<Duplex>>();

  function track(generation: Generation, socket: Duplex): void {
    const those = sockets.get(generation) ?? new Set();
    sockets.set(generation, those.add(socket));
    socket.once("close", () => {
      those.delete(socket);
      if (those.size === 0) sockets.delete(generation);
    });
  }

  function handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const generation = source.current();
    track(generation, socket);
    const response = new UpgradeResponse(request, socket);
    const exchange = new Exchange(request, response, generation, source);
    admit(exchange, ({ variant, target, headers }) => {
      new WebSocketForwarding(exchange, response, variant, { target, headers, caller: socket, head }).start();
    });
  }

  return {
    handle,
    end(generation) {
      for (const socket of sockets.get(generation) ?? []) socket.destroy();
    },
  };
}
