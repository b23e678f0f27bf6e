import { z } from "zod";
import { TASKS, type Task } from "../src/settings.ts";
import { CommandError, failureCode } from "./command-error.ts";
import { parseExposition, type Scrape } from "./exposition.ts";

/** What a worker says of its model; everything is optional, because other model servers may be evaluated too. */
export interface Description {
  readonly model: string | null;
  readonly revision: string | null;
  /** SHA-256 of its graph file. */
  readonly sha256: string | null;
  /** What it answers: a label, where it does not say. */
  readonly task: Task;
  /** In lower case, as in its answers; null when it does not say. */
  readonly labels: readonly string[] | null;
  /** What answers at the address, by its /metadata: a gateway serves none, and "unknown" described no model. */
  readonly kind: "worker" | "gateway" | "unknown";
}

export type Prediction =
  | { readonly kind: "label"; readonly label: string }
  | { readonly kind: "number"; readonly number: number };

export type Reply =
  | Prediction
  | { readonly kind: "busy"; readonly retryAfterMs: number }
  /** `reason` names the failure: an HTTP status, or why there was none. */
  | { readonly kind: "failed"; readonly reason: string };

export interface Endpoint {
  readonly url: string;
  /** Throws a `CommandError` when the worker cannot be asked yet. */
  requireReady(): Promise<void>;
  describe(): Promise<Description>;
  /** Its metrics; null when it exports none. */
  scrape(): Promise<Scrape | null>;
  /** An answer that is none of the task's is a failure. */
  predict(text: string, task: Task): Promise<Reply>;
}

const Answers = {
  "text-classification": z
    .object({ label: z.string().trim().min(1) })
    .transform(({ label }): Prediction => ({ kind: "label", label: label.toLowerCase() })),
  "text-regression": z
    .object({ label: z.undefined().optional(), score: z.number() })
    .transform(({ score }): Prediction => ({ kind: "number", number: score })),
} as const satisfies Record<Task, z.ZodType<Prediction>>;
const Facts = z.object({
  name: z.string().nullish().catch(null),
  revision: z.string().nullish().catch(null),
  sha256: z.string().nullish().catch(null),
  task: z.enum(TASKS).catch("text-classification"),
  labels: z.array(z.string().min(1)).nullish().catch(null),
});
const Metadata = z.object({ model: Facts });
const NOT_DESCRIBED = {
  model: null,
  revision: null,
  sha256: null,
  task: "text-classification",
  labels: null,
} as const;
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
        return { ...NOT_DESCRIBED, kind: isGateway ? "gateway" : "unknown" };
      }
      const { name, revision, sha256, task, labels } = body.data.model;
      return {
        kind: "worker",
        model: name ?? null,
        revision: revision ?? null,
        sha256: sha256 ?? null,
        task,
        labels: labels?.map((label) => label.toLowerCase()) ?? null,
      };
    },
    async scrape() {
      try {
        const response = await ask("/metrics");
        const text = await response.text();
        return response.ok ? parseExposition(text) : null;
      } catch {
        // The figures are an extra; without them the evaluation is complete all the same, and the report says so.
        return null;
      }
    },
    async predict(text, task) {
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
        return readPrediction(body, response.status, task);
      } catch (error) {
        return { kind: "failed", reason: failureCode(error) };
      }
    },
  };
}

function readPrediction(body: string, status: number, task: Task): Reply {
  try {
    return Answers[task].parse(JSON.parse(body));
  } catch {
    const missing = task === "text-regression" ? "number" : "label";
    return { kind: "failed", reason: `HTTP ${status} without a ${missing}` };
  }
}

/** RFC 9110, 10.2.3: seconds or a date; one second where it is missing or unreadable. */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header !== null && /^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header ?? "");
  return Number.isNaN(date) ? 1000 : Math.max(0, date - nowMs);
}
