import assert from "node:assert/strict";
import { test } from "node:test";
import { DRILL_URL, readSettings } from "./read-settings.ts";
import { SettingsError } from "./settings.ts";

const files: Readonly<Record<string, string>> = {
  "/run/secrets/token": "123:from-a-file\n",
  "/run/secrets/empty": "\n",
  "/run/secrets/password": "a b\r\n",
};

function readText(file: string): string {
  const text = files[file];
  if (text === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  return text;
}

const read = (environment: Readonly<Record<string, string>>) => readSettings(environment, readText);

function problems(environment: Readonly<Record<string, string>>): string[] {
  try {
    read(environment);
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.message.split("\n");
  }
  return [];
}

const telegram = { BLINDSPLIT_TELEGRAM_TOKEN: "123:abc", BLINDSPLIT_TELEGRAM_CHAT: "-100" };
const mail = {
  BLINDSPLIT_SMTP_HOST: "mail.example.org",
  BLINDSPLIT_SMTP_FROM: "alerts@example.org",
  BLINDSPLIT_SMTP_TO: "a@example.org,b@example.org",
};
const login = { BLINDSPLIT_SMTP_USER: "me", BLINDSPLIT_SMTP_PASSWORD: "secret" };

test("with nothing set only the drill is delivered, and four warnings say how to change that", () => {
  const { settings, warnings } = read({});
  assert.deepEqual(settings, { drill: DRILL_URL, webhooks: {} });
  const named = warnings.map((warning) => /^receiver "([^"]+)"/.exec(warning)?.[1]);
  assert.deepEqual(named, ["on-call", "tickets", "experiment", "heartbeat"]);
});

test("everything set is what is read, without a warning", () => {
  const { settings, warnings } = read({
    ...{ ...telegram, ...mail, ...login },
    BLINDSPLIT_SLACK_WEBHOOK: "https://hooks.example/made-up",
    BLINDSPLIT_HEARTBEAT_URL: "https://watchdog.example/made-up",
    BLINDSPLIT_DRILL_URL: "http://host.docker.internal:9099/",
    BLINDSPLIT_TICKETS_WEBHOOK: "http://10.0.0.1/tickets",
  });
  assert.deepEqual(warnings, []);
  assert.deepEqual(settings, {
    telegram: { token: "123:abc", chat: -100, api: "https://api.telegram.org" },
    mail: {
      server: "mail.example.org:587",
      from: "alerts@example.org",
      to: "a@example.org, b@example.org",
      tls: true,
      login: { user: "me", password: "secret" },
    },
    slack: { webhook: "https://hooks.example/made-up" },
    heartbeat: "https://watchdog.example/made-up",
    drill: "http://host.docker.internal:9099/",
    webhooks: { tickets: "http://10.0.0.1/tickets" },
  });
});

test("a webhook alone is a channel", () => {
  const { warnings } = read({ BLINDSPLIT_ON_CALL_WEBHOOK: "http://127.0.0.1/x" });
  assert.ok(!warnings.some((warning) => warning.includes("on-call")));
});

test("an empty variable is one that is not set, as Compose leaves it", () => {
  const empty = { BLINDSPLIT_TELEGRAM_TOKEN: "", BLINDSPLIT_TELEGRAM_CHAT: "", BLINDSPLIT_SMTP_TLS: "" };
  assert.deepEqual(read(empty), read({}));
});

test("a secret may be a file's content, without the line break at its end", () => {
  const { settings } = read({
    ...mail,
    BLINDSPLIT_TELEGRAM_TOKEN_FILE: "/run/secrets/token",
    BLINDSPLIT_TELEGRAM_CHAT: "1",
    BLINDSPLIT_SMTP_USER: "me",
    BLINDSPLIT_SMTP_PASSWORD_FILE: "/run/secrets/password",
  });
  assert.equal(settings.telegram?.token, "123:from-a-file");
  assert.equal(settings.mail?.login?.password, "a b");
});

test("a file that is empty is a secret that was not given", () => {
  assert.deepEqual(read({ BLINDSPLIT_SLACK_WEBHOOK_FILE: "/run/secrets/empty" }), read({}));
});

const mistakes: [string, Readonly<Record<string, string>>, RegExp][] = [
  [
    "a token that is none is not shown",
    { ...telegram, BLINDSPLIT_TELEGRAM_TOKEN: "hush hush" },
    /^BLINDSPLIT_TELEGRAM_TOKEN \(9 characters, not shown\) is no token .*@BotFather/,
  ],
  [
    "a chat by its name",
    { ...telegram, BLINDSPLIT_TELEGRAM_CHAT: "@team" },
    /^BLINDSPLIT_TELEGRAM_CHAT is "@team", .*negative for groups/,
  ],
  [
    "a chat that no number can hold",
    { ...telegram, BLINDSPLIT_TELEGRAM_CHAT: "99999999999999999999" },
    /BLINDSPLIT_TELEGRAM_CHAT is "9+"/,
  ],
  [
    "half of Telegram",
    { BLINDSPLIT_TELEGRAM_TOKEN: "123:abc" },
    /^BLINDSPLIT_TELEGRAM_TOKEN needs BLINDSPLIT_TELEGRAM_CHAT too: give both, or none/,
  ],
  [
    "a third of mail",
    { BLINDSPLIT_SMTP_HOST: "mail.example.org" },
    /^BLINDSPLIT_SMTP_HOST needs BLINDSPLIT_SMTP_FROM and BLINDSPLIT_SMTP_TO too/,
  ],
  [
    "a user without password",
    { ...mail, BLINDSPLIT_SMTP_USER: "me" },
    /^BLINDSPLIT_SMTP_USER needs BLINDSPLIT_SMTP_PASSWORD too/,
  ],
  [
    "a password in the clear",
    { ...mail, ...login, BLINDSPLIT_SMTP_TLS: "off" },
    /BLINDSPLIT_SMTP_PASSWORD would be sent in the clear/,
  ],
  [
    "encryption that is a yes",
    { ...mail, BLINDSPLIT_SMTP_TLS: "yes" },
    /BLINDSPLIT_SMTP_TLS is "yes": give required, or off/,
  ],
  [
    "a mail server with a path",
    { ...mail, BLINDSPLIT_SMTP_HOST: "smtp://mail.example.org" },
    /BLINDSPLIT_SMTP_HOST is "smtp:.*give host or host:port/,
  ],
  ["a port beyond the last", { ...mail, BLINDSPLIT_SMTP_HOST: "mail:65536" }, /"mail:65536"/],
  [
    "a recipient that is no address",
    { ...mail, BLINDSPLIT_SMTP_TO: "a@example.org, team" },
    /BLINDSPLIT_SMTP_TO has "team"/,
  ],
  [
    "two senders",
    { ...mail, BLINDSPLIT_SMTP_FROM: "a@example.org, b@example.org" },
    /BLINDSPLIT_SMTP_FROM has 2 addresses, and 1 is the most/,
  ],
  [
    "a header within an address",
    { ...mail, BLINDSPLIT_SMTP_FROM: "a\r\nBcc: b <a@example.org>" },
    /BLINDSPLIT_SMTP_FROM has/,
  ],
  [
    "a webhook that is no URL is not shown",
    { BLINDSPLIT_SLACK_WEBHOOK: "hooks.example/hush" },
    /^BLINDSPLIT_SLACK_WEBHOOK \(18 characters, not shown\) is no URL/,
  ],
  [
    "a URL of another kind",
    { BLINDSPLIT_HEARTBEAT_URL: "ftp://example.org" },
    /BLINDSPLIT_HEARTBEAT_URL .*is no URL/,
  ],
  [
    "a value and a file",
    { BLINDSPLIT_SLACK_WEBHOOK: "https://a.example", BLINDSPLIT_SLACK_WEBHOOK_FILE: "/run/secrets/token" },
    /^BLINDSPLIT_SLACK_WEBHOOK and BLINDSPLIT_SLACK_WEBHOOK_FILE are both set/,
  ],
  [
    "a file that is not there",
    { BLINDSPLIT_SLACK_WEBHOOK_FILE: "/run/secrets/missing" },
    /^BLINDSPLIT_SLACK_WEBHOOK_FILE is \/run\/secrets\/missing, which cannot be read \(ENOENT\)/,
  ],
];
for (const [says, environment, message] of mistakes)
  test(`refused, once and with a remedy: ${says}`, () => {
    const found = problems(environment);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found.join("\n"), message);
    assert.ok(!found.join("\n").includes("hush"));
  });

test("everything that is wrong is said at once", () => {
  assert.equal(
    problems({ BLINDSPLIT_SLACK_WEBHOOK: "a", BLINDSPLIT_HEARTBEAT_URL: "b", BLINDSPLIT_SMTP_USER: "c" })
      .length,
    3,
  );
});
