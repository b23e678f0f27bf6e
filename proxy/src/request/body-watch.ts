import type { Exchange } from "./exchange.ts";

const SWEEP_MS = 500;

interface Watched {
  bytesRead: number;
  since: number;
}

/**
 * Ends requests whose caller stays silent within the body for too long. One timer looks at all of them: a timer for
 * each request would cost more than reading its body.
 */
export class BodyWatch {
  readonly #watched = new Map<Exchange, Watched | undefined>();
  readonly #sweep: NodeJS.Timeout;

  constructor() {
    this.#sweep = setInterval(() => this.#look(), SWEEP_MS).unref();
  }

  add(exchange: Exchange): void {
    this.#watched.set(exchange, undefined);
  }

  delete(exchange: Exchange): void {
    this.#watched.delete(exchange);
  }

  stop(): void {
    clearInterval(this.#sweep);
  }

  #look(): void {
    const now = performance.now();
    for (const [exchange, seen] of this.#watched) {
      const { request, generation } = exchange;
      if (exchange.isOver || request.complete) {
        this.#watched.delete(exchange);
        continue;
      }
      const { bytesRead } = request.socket;
      // A paused request waits for its upstream: that silence is not the caller's.
      if (seen === undefined || bytesRead !== seen.bytesRead || request.isPaused()) {
        this.#watched.set(exchange, { bytesRead, since: now });
        continue;
      }
      const { bodyTimeoutMs } = generation.loaded.config.limits;
      if (now - seen.since < bodyTimeoutMs) continue;
      this.#watched.delete(exchange);
      if (exchange.isAnswered) exchange.breakOff();
      else
        exchange.refuseAndClose({
          code: "request_timeout",
          detail: `The body paused for ${bodyTimeoutMs} ms, which is the limit (limits.body_timeout); send it at once.`,
        });
    }
  }
}
