import { HUMAN_RECEIVERS, type HumanReceiver, type Mail, type Settings, SettingsError } from "./settings.ts";
import { type Read, readChat, readMailAddresses, readServer, readTls, readToken, readUrl } from "./values.ts";
import { createVariables, type Environment, type Given, type ReadText } from "./variables.ts";

const TELEGRAM_API = "https://api.telegram.org";
/** Where `npm run drill` listens by itself. */
export const DRILL_URL = "http://127.0.0.1:9099/";
const MOST_RECIPIENTS = 50;

export interface FoundSettings {
  readonly settings: Settings;
  /** A sentence for each receiver that will deliver nowhere. */
  readonly warnings: readonly string[];
}

/** @throws SettingsError with everything that is wrong */
export function readSettings(environment: Environment, readText: ReadText): FoundSettings {
  const variables = createVariables(environment, readText);
  const problems: string[] = [];

  function find<T>(name: string, read: (given: Given) => Read<T>): T | undefined {
    const given = variables.find(name);
    if (given === undefined) return undefined;
    const found = read(given);
    if ("value" in found) return found.value;
    problems.push(found.problem);
    return undefined;
  }

  /** Half of what belongs together is a mistake, and its receiver would be silent when it is needed. */
  function areComplete(names: readonly string[]): boolean {
    const missing = names.filter((name) => variables.find(name) === undefined);
    const given = names.filter((name) => !missing.includes(name));
    if (missing.length > 0 && given.length > 0)
      problems.push(
        `${given.join(" and ")} need${given.length === 1 ? "s" : ""} ${missing.join(" and ")} too: give both, or none`,
      );
    return missing.length === 0;
  }

  function findTelegram(): Settings["telegram"] {
    const isComplete = areComplete(["BLINDSPLIT_TELEGRAM_TOKEN", "BLINDSPLIT_TELEGRAM_CHAT"]);
    const token = find("BLINDSPLIT_TELEGRAM_TOKEN", readToken);
    const chat = find("BLINDSPLIT_TELEGRAM_CHAT", readChat);
    const api = find("BLINDSPLIT_TELEGRAM_API", readUrl) ?? TELEGRAM_API;
    return isComplete && token !== undefined && chat !== undefined ? { token, chat, api } : undefined;
  }

  function findMail(): Mail | undefined {
    const isComplete = areComplete(["BLINDSPLIT_SMTP_HOST", "BLINDSPLIT_SMTP_FROM", "BLINDSPLIT_SMTP_TO"]);
    const hasLogin = areComplete(["BLINDSPLIT_SMTP_USER", "BLINDSPLIT_SMTP_PASSWORD"]);
    const server = find("BLINDSPLIT_SMTP_HOST", readServer);
    const from = find("BLINDSPLIT_SMTP_FROM", (given) => readMailAddresses(given, 1));
    const to = find("BLINDSPLIT_SMTP_TO", (given) => readMailAddresses(given, MOST_RECIPIENTS));
    const tls = find("BLINDSPLIT_SMTP_TLS", readTls) ?? true;
    const [user, password] = [
      variables.find("BLINDSPLIT_SMTP_USER"),
      variables.find("BLINDSPLIT_SMTP_PASSWORD"),
    ];
    if (hasLogin && !tls)
      problems.push(
        "BLINDSPLIT_SMTP_TLS is off, and BLINDSPLIT_SMTP_PASSWORD would be sent in the clear: leave one of them out",
      );
    if (!isComplete || server === undefined || from === undefined || to === undefined) return undefined;
    return {
      ...{ server, from, to, tls },
      ...(user && password && { login: { user: user.text, password: password.text } }),
    };
  }

  function findWebhooks(): Settings["webhooks"] {
    const entries = Object.entries(HUMAN_RECEIVERS).flatMap(([receiver, { webhook }]) => {
      const url = find(webhook, readUrl);
      return url === undefined ? [] : [[receiver, url]];
    });
    return Object.fromEntries(entries) as Partial<Record<HumanReceiver, string>>;
  }

  const [telegram, mail, slack] = [findTelegram(), findMail(), find("BLINDSPLIT_SLACK_WEBHOOK", readUrl)];
  const heartbeat = find("BLINDSPLIT_HEARTBEAT_URL", readUrl);
  const settings: Settings = {
    ...(telegram && { telegram }),
    ...(mail && { mail }),
    ...(slack !== undefined && { slack: { webhook: slack } }),
    ...(heartbeat !== undefined && { heartbeat }),
    drill: find("BLINDSPLIT_DRILL_URL", readUrl) ?? DRILL_URL,
    webhooks: findWebhooks(),
  };
  const everything = [...new Set([...variables.problems, ...problems])];
  if (everything.length > 0) throw new SettingsError(everything);
  return { settings, warnings: warnings(settings) };
}

function warnings({ telegram, mail, slack, heartbeat, webhooks }: Settings): string[] {
  const channels = { "on-call": telegram, tickets: mail, experiment: slack };
  const silent = Object.entries(HUMAN_RECEIVERS).flatMap(([receiver, { webhook, channel, lost }]) =>
    channels[receiver as HumanReceiver] === undefined && webhooks[receiver as HumanReceiver] === undefined
      ? [`receiver "${receiver}" delivers nowhere (${lost}): set ${channel}, or ${webhook}`]
      : [],
  );
  if (heartbeat === undefined)
    silent.push(
      'receiver "heartbeat" delivers nowhere (nobody notices when monitoring itself stops): set BLINDSPLIT_HEARTBEAT_URL',
    );
  return silent;
}
