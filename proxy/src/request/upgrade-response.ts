import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { closeSoon } from "../listen/raw-answer.ts";

const SWITCHING = 101;

/**
 * The answer to a request that node has detached from its HTTP machinery: a refusal leaves like every answer, and
 * closes the connection; a head with status 101 is kept for whoever joins the sockets. It closes when the caller's
 * connection does, which nobody else watches until then.
 */
export class UpgradeResponse extends ServerResponse {
  readonly caller: Duplex;
  /** Name, value, name, value … of the 101, once it is decided. */
  switching: readonly string[] | undefined;
  readonly #leave = () => void this.caller.destroy();
  // What the caller says early is left for the upstream, but an end is only seen by whoever reads.
  readonly #look = () => {
    if (this.caller.readableLength === 0) this.caller.read();
  };

  constructor(request: IncomingMessage, caller: Duplex) {
    super(request);
    this.caller = caller;
    this.shouldKeepAlive = false;
    caller.on("error", this.#leave);
    caller.on("end", this.#leave);
    caller.on("readable", this.#look);
    // Over TCP and TLS alike it is a socket; the types leave room for CONNECT over other streams.
    this.assignSocket(caller as Socket);
    this.once("finish", () => {
      this.release();
      caller.end();
      closeSoon(caller);
    });
  }

  /** From now on somebody else reads from the caller. */
  release(): void {
    this.caller.off("end", this.#leave);
    this.caller.off("readable", this.#look);
  }

  override writeHead(status: number, ...rest: readonly unknown[]): this {
    const headers = rest.at(-1) as string[];
    if (status !== SWITCHING) return super.writeHead(status, headers);
    this.statusCode = status;
    this.switching = headers;
    // The answer ends here: what follows is none.
    Object.defineProperty(this, "writableFinished", { value: true });
    return this;
  }
}
