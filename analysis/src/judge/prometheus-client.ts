import { setTimeout as pause } from "node:timers/promises";
import { Agent, request } from "undici";

const MIB = 1024 * 1024;

export interface PrometheusLimits {
  readonly deadlineMs: number;
  readonly attempts: number;
  /** Before the second attempt; doubles with each. */
  readonly firstPauseMs: number;
  readonly answerBytes: number;
}

const LIMITS: PrometheusLimits = {
  deadlineMs: 60_000,
  attempts: 4,
  firstPauseMs: 500,
  answerBytes: 64 * MIB,
};

/** Prometheus did not answer, or not what was asked for. */
export class PrometheusError extends Error {
  override readonly name = "PrometheusError";
  /** Asking for a shorter stretch of time may help. */
  readonly isTooMuch: boolean;

  constructor(message: string, { isTooMuch = false, cause }: { isTooMuch?: boolean; cause?: unknown } = {}) {
    super(message, { cause });
    this.isTooMuch = isTooMuch;
  }
}

/** One series: seconds since 1970 and what it was then. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

interface Point {
  readonly metric: Series["metric"];
  readonly value: Series["values"][number];
}

/** Why an answer is passed over and asked for again. */
class Passing extends Error {}

/**
 * Reads a Prometheus over its HTTP API: with a deadline, a few attempts and a bound on the answer.
 * https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export class PrometheusClient {
  readonly #base: string;
  readonly #limits: PrometheusLimits;
  readonly #agent = new Agent({ connections: 2, allowH2: false });
  readonly #stopped = new AbortController();

  /** @param url may have a path, as behind a proxy */
  constructor(url: string, limits: Partial<PrometheusLimits> = {}) {
    this.#base = url.replace(/\/+$/, "");
    this.#limits = { ...LIMITS, ...limits };
  }

  /** What an expression is at these moments (milliseconds, both included). @throws PrometheusError */
  range(expression: string, { from, to, stepMs }: { from: number; to: number; stepMs: number }) {
    const window = { start: seconds(from), end: seconds(to), step: seconds(stepMs) };
    return this.#ask("query_range", { query: expression, ...window });
  }

  /** What an expression is at one moment: a range selector gives every sample in it. @throws PrometheusError */
  instant(expression: string, at: number) {
    return this.#ask("query", { query: expression, time: seconds(at) });
  }

  /** Requests under way fail. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#agent.destroy();
  }

  async #ask(path: string, parameters: Readonly<Record<string, string>>): Promise<readonly Series[]> {
    const { attempts, firstPauseMs } = this.#limits;
    for (let attempt = 1; ; attempt++) {
      try {
        return readAnswer(await this.#send(path, parameters));
      } catch (error) {
        if (!(error instanceof Passing) || this.#stopped.signal.aborted) throw error;
        if (attempt === attempts)
          throw new PrometheusError(
            `Prometheus at ${this.#base} cannot be read: ${error.message}; given up after ${attempts} attempts`,
            { cause: error },
          );
      }
      await pause(firstPauseMs * 2 ** (attempt - 1), undefined, { signal: this.#stopped.signal });
    }
  }

  async #send(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const { deadlineMs, answerBytes } = this.#limits;
    const deadline = AbortSignal.timeout(deadlineMs);
    const chunks: Buffer[] = [];
    let status = 0;
    try {
      const answer = await request(`${this.#base}/api/v1/${path}`, {
        dispatcher: this.#agent,
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
        body: new URLSearchParams(parameters).toString(),
        signal: AbortSignal.any([deadline, this.#stopped.signal]),
      });
      status = answer.statusCode;
      let bytes = 0;
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > answerBytes)
          throw new PrometheusError(`Prometheus answers more than ${answerBytes} bytes at once`, {
            isTooMuch: true,
          });
        chunks.push(chunk);
      }
    } catch (error) {
      if (error instanceof PrometheusError) throw error;
      throw new Passing(deadline.aborted ? `nothing within ${deadlineMs} ms` : (error as Error).message, {
        cause: error,
      });
    }
    // It says what is wrong with a query in JSON, with 400 and 422; 429 and 5xx are of whoever stands before it, or pass.
    if (status === 429 || (status >= 500 && status !== 503)) throw new Passing(`it answers ${status}`);
    try {
      return JSON.parse(Buffer.concat(chunks).toString());
    } catch (error) {
      throw status === 200 || status >= 500
        ? new Passing(`it answers ${status} without JSON`, { cause: error })
        : new PrometheusError(`${this.#base} answers ${status} without JSON: is it a Prometheus?`, {
            cause: error,
          });
    }
  }
}

/** The answer's frame is checked, not each of its points: there may be millions, and their sender is a Prometheus by then. */
function readAnswer(json: unknown): readonly Series[] {
  const { status, data, error } = (json ?? {}) as {
    status?: unknown;
    error?: unknown;
    data?: { resultType?: unknown; result?: unknown };
  };
  if (status === "success" && Array.isArray(data?.result)) {
    if (data.resultType === "matrix") return data.result as Series[];
    if (data.resultType === "vector")
      return (data.result as Point[]).map(({ metric, value }) => ({ metric, values: [value] }));
  }
  const reason = typeof error === "string" ? error : "its answer has neither a result nor an error";
  // A query that takes too long takes less over a shorter stretch.
  const isTooMuch = /too many samples|exceeded maximum resolution|timed out|timeout/.test(reason);
  throw new PrometheusError(`Prometheus refuses: ${reason}`, { isTooMuch });
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
