/** What happened to messages of one kind of channel, since Alertmanager started. */
export interface Calls {
  /** Calls that were answered well. */
  readonly taken: number;
  /** Calls that were not; most are tried again. */
  readonly failed: number;
  /** Messages that were given up. */
  readonly lost: number;
}

export interface Counts {
  /** By kind of channel (`telegram`). */
  readonly byKind: ReadonlyMap<string, Calls>;
  /** Whether they are one receiver's. By default Alertmanager adds up those of all receivers. */
  readonly areOfReceiver: boolean;
}

export const NO_CALLS: Calls = { taken: 0, failed: 0, lost: 0 };

const SAMPLE =
  /^alertmanager_(notification_requests_total|notification_requests_failed_total|notifications_failed_total)\{([^}]*)\} (\S+)$/gm;

/**
 * Reads them out of Alertmanager's metrics. Samples have a `receiver_name` only with
 * `--enable-feature=receiver-name-in-metrics`.
 * @see https://github.com/prometheus/alertmanager/blob/main/notify/notify.go
 */
export function readCalls(exposition: string, receiver: string): Counts {
  const byKind = new Map<string, Calls>();
  let areOfReceiver = false;
  for (const [, metric, text = "", value] of exposition.matchAll(SAMPLE)) {
    const labels = new Map([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, label]) => [name, label]));
    const [kind, owner] = [labels.get("integration"), labels.get("receiver_name")];
    if (owner !== undefined) areOfReceiver = true;
    if (kind === undefined || (owner ?? receiver) !== receiver) continue;
    const { taken, failed, lost } = byKind.get(kind) ?? NO_CALLS;
    const count = Number(value);
    // The requests have the failed ones too; the failed messages are one sample for each reason.
    if (metric === "notification_requests_total") byKind.set(kind, { taken: taken + count, failed, lost });
    else if (metric === "notifications_failed_total") byKind.set(kind, { taken, failed, lost: lost + count });
    else byKind.set(kind, { taken: taken - count, failed: failed + count, lost });
  }
  return { byKind, areOfReceiver };
}
