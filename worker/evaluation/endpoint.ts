import { z } from "zod";
import { CommandError, failureCode } from "./command-error.ts";
import { parseExposition, samplesOf } from "./exposition.ts";

/** What a worker says of its model; everything is optional, because other model servers may be evaluated too. */
export interface Description {
  readonly model: string | null;
  readonly revision: string | null;
  /** In lower case, as in its answers; null when it does not say. */
  readonly labels: readonly string[] | null;
  /** What answers at the address, by its /metadata: a gateway serves none, and "unknown" described no model. */
  readonly kind: "worker" | "gateway" | "unknown";
}

/** The worker's own clock: how many texts it ran, and for how long altogether. */
export interface InferenceTotals {
  readonly count: number;
  readonly seconds: number;
}

export type Reply =
  | { readonly kind: "label"; readonly label: string }
  | { readonly kind: "busy"; readonly retryAfterMs: number }
  /** `reason` names the failure: an HTTP status, or why there was none. */
  | { readonly kind: "failed"; readonly reason: string };

export interface Endpoint {
  readonly url: string;
  /** Throws a `CommandError` when the worker cannot be asked yet. */
  requireReady(): Promise<void>;
  describe(): Promise<Description>;
  /** null when the worker exports no `sentiment_inference_seconds`. */
  inferenceTotals(): Promise<InferenceTotals | null>;
  predict(text: string): Promise<Reply>;
}

const Prediction = z.object({ label: z.string().trim().min(1) });
const Facts = z.object({
  name: z.string().nullish().catch(null),
  revision: z.string().nullish().catch(null),
  labels: z.array(z.string().min(1)).min(1).nullish().catch(null),
});
const Metadata = z.object({ model: Facts });
/** How both listeners of the gateway refuse a path they do not serve (RFC 9457, and its code). */
const NotServed = z.object({ code: z.literal("not_found") });

export function createEndpoint(url: string, timeoutMs = 60_000): Endpoint {
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { ...init, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });

  const unreachable = (cause: unknown): never => {
    throw new CommandError(
      "worker_unreachable",
      `no worker answers at ${url} (${failureCode(cause)}): run \`npm start\` in another terminal, name another ` +
        "address with --url, or let this program start a model with --model DIR",
      { cause },
    );
  };

  return {
    url,
    async requireReady() {
      const response = await ask("/readyz").catch(unreachable);
      await response.body?.cancel();
      if (response.status === 503) {
        throw new CommandError(
          "worker_not_ready",
          `the worker at ${url} is still loading its model: try again in a moment`,
        );
      }
    },
    async describe() {
      const response = await ask("/metadata").catch(unreachable);
      const answer: unknown = await response.json().catch(() => null);
      const body = Metadata.safeParse(answer);
      if (!response.ok || !body.success) {
        const isGateway = response.status === 404 && NotServed.safeParse(answer).success;
        return { kind: isGateway ? "gateway" : "unknown", model: null, revision: null, labels: null };
      }
      const { name, revision, labels } = body.data.model;
      return {
        kind: "worker",
        model: name ?? null,
        revision: revision ?? null,
        labels: labels?.map((label) => label.toLowerCase()) ?? null,
      };
    },
    async inferenceTotals() {
      try {
        const response = await ask("/metrics");
        const scrape = parseExposition(await response.text());
        const total = (name: string) =>
          samplesOf(scrape, name).reduce((sum, sample) => sum + sample.value, 0);
        if (!response.ok || samplesOf(scrape, "sentiment_inference_seconds_count").length === 0) return null;
        return {
          count: total("sentiment_inference_seconds_count"),
          seconds: total("sentiment_inference_seconds_sum"),
        };
      } catch {
        // The figure is an extra; without it the evaluation is complete all the same, and the report says it is missing.
        return null;
      }
    },
    async predict(text) {
      try {
        const response = await ask("/predict", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ text }),
        });
        const body = await response.text();
        if (response.status === 429) {
          return {
            kind: "busy",
            retryAfterMs: retryAfterMs(response.headers.get("retry-after"), Date.now()),
          };
        }
        if (!response.ok) return { kind: "failed", reason: `HTTP ${response.status}` };
        return readPrediction(body, response.status);
      } catch (error) {
        return { kind: "failed", reason: failureCode(error) };
      }
    },
  };
}

function readPrediction(body: string, status: number): Reply {
  try {
    return { kind: "label", label: Prediction.parse(JSON.parse(body)).label.toLowerCase() };
  } catch {
    return { kind: "failed", reason: `HTTP ${status} without a label` };
  }
}

/** RFC 9110, 10.2.3: seconds or a date; one second where it is missing or unreadable. */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header !== null && /^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header ?? "");
  return Number.isNaN(date) ? 1000 : Math.max(0, date - nowMs);
}
