/** A recorded series. A rule that reads another one stands in the same group, behind it: a group is evaluated in order. */
export interface Recording {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Who is told: `page` wakes somebody, `ticket` waits for the morning, `none` is for machines. */
export type Severity = "page" | "ticket" | "none";
/** Whose it is. */
export type Tier = "proxy" | "worker" | "experiment" | "monitoring";

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>> & { readonly severity: Severity; readonly tier: Tier };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

export type Rule = Recording | Alert;

export interface Group {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly Rule[];
}
