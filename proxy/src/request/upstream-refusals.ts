import type { Refusal } from "../errors.ts";

/** Said with every 503 and 429 of ours, also where it replaces a service's own, whose figure would tell the service. */
const RETRY_AFTER_SECONDS = 1;

/** What the caller is told when an upstream gave no answer. Never the upstream's name or address. */
export function refusalOf(error: Error): Refusal {
  switch (codeOf(error)) {
    case "UND_ERR_CONNECT_TIMEOUT":
    case "UND_ERR_HEADERS_TIMEOUT":
      return { code: "upstream_timeout", detail: "The service did not answer in time; try again later." };
    case "ECONNREFUSED":
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return { code: "upstream_unreachable", detail: "The service cannot be reached; try again later." };
    default:
      return { code: "upstream_broken", detail: "The service broke off before it answered; try again." };
  }
}

/** Which deadline passed, if that is what the error says. */
export function deadlineOf(error: Error): "connect" | "first_byte" | "idle" | undefined {
  switch (codeOf(error)) {
    case "UND_ERR_CONNECT_TIMEOUT":
      return "connect";
    case "UND_ERR_HEADERS_TIMEOUT":
      return "first_byte";
    case "UND_ERR_BODY_TIMEOUT":
      return "idle";
    default:
      return undefined;
  }
}

/**
 * Whether it was the upstream that no connection could be made to. What we ended ourselves (a pool of an expired
 * configuration, a body that was refused meanwhile) says nothing of it, nor does a want of our own (EMFILE).
 */
export function isConnectFailure(error: Error): boolean {
  const code = codeOf(error);
  if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "UND_ERR_SOCKET") return true;
  return code !== "EMFILE" && code !== "ENFILE" && OF_THE_OTHER_SIDE.test(code);
}

/** Of the system, of the resolver, of TLS and of certificates. */
const OF_THE_OTHER_SIDE = /^(?:E[A-Z]|ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_)/;

/** Whether the upstream ended a connection that was established; a deadline of ours that passed is something else. */
export function isBreak(error: Error): boolean {
  return BREAKS.has(codeOf(error));
}

const BREAKS = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}

/** Keeps the status of a service's error and none of its words; its own `Retry-After` would tell it, so all say the same. */
export function upstreamError(status: number, detail: string): Refusal {
  const refusal = { code: "upstream_error", status, detail } as const;
  return status === 429 || status === 503 ? { ...refusal, retryAfterSeconds: RETRY_AFTER_SECONDS } : refusal;
}

export const NO_HEALTHY_UPSTREAM: Refusal = {
  code: "no_healthy_upstream",
  detail: "No instance of the service is healthy now; try again later.",
  retryAfterSeconds: RETRY_AFTER_SECONDS,
};

export const CONFIGURATION_EXPIRED: Refusal = {
  code: "configuration_expired",
  detail: "The configuration that this request began with has ended (reload.deadline); send it again.",
  retryAfterSeconds: RETRY_AFTER_SECONDS,
};

export const ALL_TAKEN = tooMany("all places are taken (upstream.max_in_flight, limits.max_in_flight)");
export const NONE_FREED = tooMany("no place became free in time (upstream.queue)");

function tooMany(why: string): Refusal {
  return {
    code: "too_many_in_flight",
    detail: `Too many requests are in flight: ${why}; try again later.`,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  };
}
