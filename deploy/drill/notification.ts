/** One alert as Alertmanager's webhook tells it. @see https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
export interface NotifiedAlert {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Notification {
  readonly status: "firing" | "resolved";
  readonly receiver: string;
  readonly alerts: readonly NotifiedAlert[];
}

const isStatus = (value: unknown) => value === "firing" || value === "resolved";
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

function isAlert(value: unknown): value is NotifiedAlert {
  return isObject(value) && isStatus(value.status) && isObject(value.labels) && isObject(value.annotations);
}

/** What a body says, or undefined where it is no notification. */
export function readNotification(body: string): Notification | undefined {
  const value = parse(body);
  if (!isObject(value) || !isStatus(value.status) || typeof value.receiver !== "string") return undefined;
  if (!Array.isArray(value.alerts) || !value.alerts.every(isAlert)) return undefined;
  return value as unknown as Notification;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
