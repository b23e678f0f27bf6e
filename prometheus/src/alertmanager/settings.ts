/** Where messages go. What is left out delivers nowhere. */
export interface Settings {
  readonly telegram?: Telegram;
  readonly slack?: { readonly webhook: string };
  readonly mail?: Mail;
  /** The outside watchdog, which pages when this is not called any more. */
  readonly heartbeat?: string;
  /** Where `npm run drill` listens. */
  readonly drill: string;
  /** Any other service that takes Alertmanager's JSON, beside or instead of the above. */
  readonly webhooks: Readonly<Partial<Record<HumanReceiver, string>>>;
}

export interface Telegram {
  readonly token: string;
  /** Negative for groups. */
  readonly chat: number;
  readonly api: string;
}

export interface Mail {
  /** Host and port. */
  readonly server: string;
  readonly from: string;
  /** Addresses with commas between them. */
  readonly to: string;
  readonly login?: { readonly user: string; readonly password: string };
  /** False sends in the clear, which a login forbids. */
  readonly tls: boolean;
}

/** Receivers that somebody reads, and the variables that make each of them deliver. */
export const HUMAN_RECEIVERS = {
  "on-call": {
    webhook: "BLINDSPLIT_ON_CALL_WEBHOOK",
    channel: "BLINDSPLIT_TELEGRAM_TOKEN and BLINDSPLIT_TELEGRAM_CHAT",
    lost: "pages wake nobody",
  },
  tickets: {
    webhook: "BLINDSPLIT_TICKETS_WEBHOOK",
    channel: "BLINDSPLIT_SMTP_HOST, BLINDSPLIT_SMTP_FROM and BLINDSPLIT_SMTP_TO",
    lost: "tickets reach nobody",
  },
  experiment: {
    webhook: "BLINDSPLIT_EXPERIMENT_WEBHOOK",
    channel: "BLINDSPLIT_SLACK_WEBHOOK",
    lost: "what concerns the experiment reaches nobody",
  },
} as const;

export type HumanReceiver = keyof typeof HUMAN_RECEIVERS;

/** Says every problem at once, a line each; never shows a secret. */
export class SettingsError extends Error {
  readonly code = "settings_invalid";

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "SettingsError";
  }
}
