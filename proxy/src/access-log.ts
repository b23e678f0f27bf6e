import type { Config } from "./config/config.ts";
import type { Log } from "./log.ts";

const PATH_CHARACTERS = 200;

/** What is logged of an exchange. */
interface Logged {
  readonly request: {
    readonly method?: string | undefined;
    readonly url?: string | undefined;
    readonly httpVersion: string;
  };
  readonly requestId: string;
  readonly variant: { readonly name: string } | undefined;
  readonly refusedWith: string | undefined;
}

export type AccessLogger = (exchange: Logged, status: number, durationMs: number, overheadMs: number) => void;

/**
 * One line for each request that ended; undefined where none is wanted. Never a unit id, a cookie, a query or a body.
 *
 * @param random uniform from 0 to 1, decides what `sampled` logs
 */
export function createAccessLog(
  { access, sampleRatio }: Config["log"],
  log: Log,
  random: () => number,
): AccessLogger | undefined {
  if (access === "off") return undefined;
  return (exchange, status, durationMs, overheadMs) => {
    if (access === "errors" && status < 400) return;
    if (access === "sampled" && random() >= sampleRatio) return;
    const { request, requestId, variant, refusedWith } = exchange;
    log.info(
      {
        request_id: requestId,
        method: request.method,
        path: pathOf(request.url ?? ""),
        http: request.httpVersion,
        status,
        code: refusedWith,
        model_version: variant?.name,
        duration_ms: rounded(durationMs),
        overhead_ms: rounded(overheadMs),
      },
      "request",
    );
  };
}

/** A query may hold texts and ids. */
function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  return (end < 0 ? target : target.slice(0, end)).slice(0, PATH_CHARACTERS);
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
