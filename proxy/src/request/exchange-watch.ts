import { silenceLimitMs } from "../listen/http1.ts";
import type { Exchange } from "./exchange.ts";

const SWEEP_MS = 500;

/** What was seen of an exchange when a byte last moved. */
interface Progress {
  readonly read: number;
  readonly written: number;
  readonly progress: number;
  readonly bodySince: number;
  readonly since: number;
}

/**
 * Ends requests whose caller is silent for too long: within the body, or altogether. One timer looks at all of them: a
 * timer for each request, or node's own for each connection, would cost more than reading a small body.
 */
export class ExchangeWatch {
  /**
   * Without gaps; each exchange knows its place. Not a `Set`: V8's replaces its table every few dozen changes, each old
   * table points to the next, and once one is tenured, everything that was under way since is tenured with it.
   */
  readonly #underWay: Exchange[] = [];
  readonly #seen = new WeakMap<Exchange, Progress>();
  readonly #onSilent: () => void;
  readonly #sweep: NodeJS.Timeout;

  /** @param onSilent a caller that neither sent nor read was cut off */
  constructor(onSilent: () => void) {
    this.#onSilent = onSilent;
    this.#sweep = setInterval(() => {
      const now = performance.now();
      for (const exchange of [...this.#underWay]) this.#look(exchange, now);
    }, SWEEP_MS).unref();
  }

  add(exchange: Exchange): void {
    exchange.watchPlace = this.#underWay.push(exchange) - 1;
  }

  delete(exchange: Exchange): void {
    const place = exchange.watchPlace;
    const last = this.#underWay.at(-1);
    if (place < 0 || last === undefined) return;
    this.#underWay[place] = last;
    last.watchPlace = place;
    this.#underWay.pop();
    exchange.watchPlace = -1;
  }

  stop(): void {
    clearInterval(this.#sweep);
  }

  #look(exchange: Exchange, now: number): void {
    const { request, progress } = exchange;
    const { bytesRead: read, bytesWritten: written } = request.socket;
    const seen = this.#seen.get(exchange);
    const hasRead = seen === undefined || read !== seen.read;
    const hasMoved = hasRead || written !== seen.written || progress !== seen.progress;
    // A paused body waits for its upstream: that silence is not the caller's.
    const isSending = hasRead || request.complete || request.isPaused();
    const bodySince = isSending ? now : seen.bodySince;
    const since = hasMoved ? now : seen.since;
    this.#seen.set(exchange, { read, written, progress, bodySince, since });
    const { limits, upstream } = exchange.generation.loaded.config;
    if (now - bodySince >= limits.bodyTimeoutMs) return endBody(exchange, limits.bodyTimeoutMs);
    // Of HTTP/2, several requests share a connection, which has a watch of its own.
    if (exchange.isHttp2 || now - since < silenceLimitMs(upstream)) return;
    this.#onSilent();
    request.socket.destroy();
  }
}

function endBody(exchange: Exchange, limitMs: number): void {
  if (exchange.isAnswered) return exchange.breakOff();
  exchange.refuseAndClose({
    code: "request_timeout",
    detail: `The body paused for ${limitMs} ms, which is the limit (limits.body_timeout); send it at once.`,
  });
}
