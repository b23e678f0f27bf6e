import { type Counts, readCalls } from "./calls.ts";
import { type Channels, readChannels } from "./channel.ts";
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
  /** Names of receivers that an alert leads to now. */
  busyReceivers(): Promise<ReadonlySet<string>>;
  /** Of every receiver of the configuration that runs. */
  channels(): Promise<Channels>;
  /** Calls so far, of this receiver alone if Alertmanager tells them apart. */
  countCalls(receiver: string): Promise<Counts>;
}

interface ListedAlert {
  readonly receivers: readonly { readonly name: string }[];
  readonly status: Omit<KnownAlert, "receivers">;
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
      const [alert] = JSON.parse(await ask(`/api/v2/alerts?filter=${filter}`)) as ListedAlert[];
      return alert && { ...alert.status, receivers: alert.receivers.map(({ name }) => name) };
    },
    async busyReceivers() {
      const alerts = JSON.parse(await ask("/api/v2/alerts?silenced=false&inhibited=false")) as ListedAlert[];
      return new Set(alerts.flatMap(({ receivers }) => receivers.map(({ name }) => name)));
    },
    async channels() {
      const { config } = JSON.parse(await ask("/api/v2/status")) as { config: { original: string } };
      return readChannels(config.original);
    },
    async countCalls(receiver) {
      return readCalls(await ask("/metrics"), receiver);
    },
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${DEADLINE_MS / 1_000} s`;
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.message;
}
