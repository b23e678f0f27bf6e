import { DrillError } from "./errors.ts";

const DEADLINE_MS = 5_000;

export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** What Alertmanager knows of an alert. */
export interface KnownAlert {
  readonly receivers: readonly string[];
  readonly state: string;
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
}

/** API v2. @see https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml */
export interface Alertmanager {
  /** @throws DrillError `alertmanager_unreachable` */
  post(alert: PostedAlert): Promise<void>;
  find(label: string, value: string): Promise<KnownAlert | undefined>;
  /** Calls of receivers so far, by kind of channel (`telegram`). */
  countCalls(): Promise<ReadonlyMap<string, Calls>>;
}

export interface Calls {
  readonly taken: number;
  readonly failed: number;
}

export function createAlertmanager(url: string): Alertmanager {
  const unreachable = (reason: string) =>
    new DrillError(
      "alertmanager_unreachable",
      `Alertmanager at ${url} ${reason}: does it run there? Give --alertmanager its URL`,
    );

  async function ask(path: string, request: RequestInit = {}): Promise<string> {
    const answer = await fetch(`${url}${path}`, {
      ...request,
      signal: AbortSignal.timeout(DEADLINE_MS),
    }).catch((error: unknown) => {
      throw unreachable(`does not answer (${describe(error)})`);
    });
    const text = await answer.text().catch(() => "");
    if (!answer.ok) throw unreachable(`answers ${path} with ${answer.status} ${text.slice(0, 200)}`.trim());
    return text;
  }

  return {
    async post(alert) {
      await ask("/api/v2/alerts", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify([alert]),
      });
    },
    async find(label, value) {
      const filter = encodeURIComponent(`${label}="${value}"`);
      const [alert] = JSON.parse(await ask(`/api/v2/alerts?filter=${filter}`)) as {
        receivers: { name: string }[];
        status: { state: string; silencedBy: string[]; inhibitedBy: string[] };
      }[];
      return alert && { ...alert.status, receivers: alert.receivers.map(({ name }) => name) };
    },
    async countCalls() {
      return readCalls(await ask("/metrics"));
    },
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${DEADLINE_MS / 1_000} s`;
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.message;
}

function readCalls(exposition: string): Map<string, Calls> {
  const calls = new Map<string, Calls>();
  const pattern =
    /^alertmanager_notification_requests(_failed)?_total\{[^}]*\bintegration="([^"]+)"[^}]*\} (\S+)$/gm;
  for (const [, isFailed, kind = "", value] of exposition.matchAll(pattern)) {
    const { taken, failed } = calls.get(kind) ?? { taken: 0, failed: 0 };
    const count = Number(value);
    // The total has the failed ones too.
    calls.set(
      kind,
      isFailed ? { taken: taken - count, failed: failed + count } : { taken: taken + count, failed },
    );
  }
  return calls;
}
