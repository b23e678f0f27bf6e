import type { Receiver } from "./configuration.ts";
import { mailMessage, slackMessage, telegramMessage } from "./messages.ts";
import { reportMail, reportSlack } from "./report-messages.ts";
import type { HumanReceiver, Mail, Settings, Telegram } from "./settings.ts";

/** Everybody who can be told. One without a channel takes its alerts and delivers nowhere. */
export function buildReceivers({
  telegram,
  slack,
  mail,
  heartbeat,
  drill,
  webhooks,
}: Settings): readonly Receiver[] {
  const webhook = (receiver: HumanReceiver) => {
    const url = webhooks[receiver];
    return url !== undefined && { webhook_configs: [{ send_resolved: true, url }] };
  };
  const webhooksOf = (receivers: readonly HumanReceiver[]) => {
    const urls = new Set(receivers.flatMap((receiver) => webhooks[receiver] ?? []));
    return urls.size > 0 && { webhook_configs: [...urls].map((url) => ({ send_resolved: false, url })) };
  };
  return [
    {
      name: "tickets",
      ...(mail && { email_configs: [buildMail(mail)] }),
      ...webhook("tickets"),
    },
    {
      name: "on-call",
      ...(telegram && { telegram_configs: [buildTelegram(telegram)] }),
      ...webhook("on-call"),
    },
    {
      name: "experiment",
      ...(slack && { slack_configs: [buildSlack(slack.webhook)] }),
      ...webhook("experiment"),
    },
    {
      // Whoever reads about the experiment, and whoever gets the tickets. That a report is over is no news.
      name: "nightly-report",
      ...(slack && {
        slack_configs: [{ ...buildSlack(slack.webhook), ...reportSlack, send_resolved: false }],
      }),
      ...(mail && { email_configs: [{ ...buildMail(mail), ...reportMail, send_resolved: false }] }),
      ...webhooksOf(["experiment", "tickets"]),
    },
    {
      name: "heartbeat",
      // The watchdog counts calls: one that says "resolved" would be one more.
      ...(heartbeat !== undefined && { webhook_configs: [{ send_resolved: false, url: heartbeat }] }),
    },
    { name: "drill", webhook_configs: [{ send_resolved: true, url: drill }] },
    { name: "nobody" },
  ];
}

function buildTelegram({ token, chat, api }: Telegram) {
  return {
    send_resolved: true,
    api_url: api,
    bot_token: token,
    chat_id: chat,
    // MarkdownV2 breaks on the underscores of metric names.
    parse_mode: "HTML",
    message: telegramMessage,
  } as const;
}

function buildSlack(webhook: string) {
  const { title, text, fallback, color } = slackMessage;
  // Alertmanager's own page is not reachable from where this is read.
  return { send_resolved: true, api_url: webhook, color, fallback, title, title_link: "", text };
}

function buildMail({ server, from, to, login, tls }: Mail) {
  return {
    send_resolved: true,
    ...{ smarthost: server, from, to },
    ...(login && { auth_username: login.user, auth_password: login.password }),
    require_tls: tls,
    headers: { Subject: mailMessage.subject },
    html: mailMessage.html,
    text: mailMessage.text,
  };
}
