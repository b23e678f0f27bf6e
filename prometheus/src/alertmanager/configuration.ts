/** The part of Alertmanager's configuration that is written here. @see https://prometheus.io/docs/alerting/latest/configuration */
export interface Configuration {
  readonly route: Route & { readonly receiver: ReceiverName };
  readonly inhibit_rules: readonly Inhibition[];
  readonly receivers: readonly Receiver[];
}

export type ReceiverName =
  | "on-call"
  | "tickets"
  | "experiment"
  | "nightly-report"
  | "heartbeat"
  | "drill"
  | "nobody";

/** A matcher as Alertmanager reads it: `severity="page"`. A label that is missing is an empty one. */
export type Matcher = string;

export interface Route {
  readonly receiver?: ReceiverName;
  readonly matchers?: readonly Matcher[];
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly routes?: readonly Route[];
}

export interface Inhibition {
  readonly source_matchers: readonly Matcher[];
  readonly target_matchers: readonly Matcher[];
  /** Labels that are missing on both sides are equal too. */
  readonly equal?: readonly string[];
}

export interface Receiver {
  readonly name: ReceiverName;
  readonly telegram_configs?: readonly TelegramConfig[];
  readonly slack_configs?: readonly SlackConfig[];
  readonly email_configs?: readonly EmailConfig[];
  readonly webhook_configs?: readonly WebhookConfig[];
}

interface Channel {
  /** Said each time: the default differs between kinds of channel. */
  readonly send_resolved: boolean;
}

export interface TelegramConfig extends Channel {
  readonly api_url: string;
  readonly bot_token: string;
  readonly chat_id: number;
  readonly parse_mode: "HTML";
  readonly message: string;
}

export interface SlackConfig extends Channel {
  readonly api_url: string;
  readonly color: string;
  readonly fallback: string;
  readonly title: string;
  readonly title_link: string;
  readonly text: string;
}

export interface EmailConfig extends Channel {
  readonly smarthost: string;
  readonly from: string;
  readonly to: string;
  readonly auth_username?: string;
  readonly auth_password?: string;
  readonly require_tls: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
  readonly text: string;
}

export interface WebhookConfig extends Channel {
  readonly url: string;
}
