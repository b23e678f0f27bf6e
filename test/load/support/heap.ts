import { once } from "node:events";
import type { Child } from "./children.ts";
import { until } from "./crowd.ts";

const LIMIT_MS = 30_000;

/** A Node process started with this opens its inspector at SIGUSR1, on a free port. */
export const INSPECTABLE = "--inspect-port=0";

/** Reads what is left of a process's heap after a full collection: garbage that nobody collected yet is no growth. */
export class HeapReader {
  readonly #child: Child;
  #url: string | undefined;

  /** @param child a Node process started with `INSPECTABLE` */
  constructor(child: Child) {
    this.#child = child;
  }

  /** Bytes of the heap in use. */
  async collect(): Promise<number> {
    const url = await this.#open();
    const socket = new WebSocket(url);
    await once(socket, "open", { signal: AbortSignal.timeout(LIMIT_MS) });
    try {
      await call(socket, "HeapProfiler.collectGarbage");
      const { usedSize } = await call(socket, "Runtime.getHeapUsage");
      return Number(usedSize);
    } finally {
      socket.close();
    }
  }

  async #open(): Promise<string> {
    if (this.#url === undefined) this.#child.signal("SIGUSR1");
    const find = () => {
      this.#url ??= /Debugger listening on (ws:\S+)/.exec(this.#child.said())?.[1];
      return this.#url !== undefined;
    };
    await until(find, "the inspector of the proxy", LIMIT_MS);
    return this.#url ?? "";
  }
}

async function call(socket: WebSocket, method: string): Promise<Readonly<Record<string, unknown>>> {
  const answered = once(socket, "message", { signal: AbortSignal.timeout(LIMIT_MS) });
  socket.send(JSON.stringify({ id: 1, method }));
  const [event] = (await answered) as [{ readonly data: string }];
  return (JSON.parse(event.data) as { result?: Record<string, unknown> }).result ?? {};
}
