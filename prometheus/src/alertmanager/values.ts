import type { Given } from "./variables.ts";

/** A value as it was meant, or what is wrong with it. */
export type Read<T> = { readonly value: T } | { readonly problem: string };

const SUBMISSION_PORT = 587;
const LAST_PORT = 65_535;

/** Secrets are not shown, but their length often tells what happened to them. */
const hidden = ({ text, source }: Given) => `${source} (${text.length} characters, not shown)`;

export function readToken(given: Given): Read<string> {
  return /^\d+:[\w-]+$/.test(given.text)
    ? { value: given.text }
    : {
        problem: `${hidden(given)} is no token of a Telegram bot: give the one of @BotFather, such as 123456:ABC-DEF`,
      };
}

export function readChat({ text, source }: Given): Read<number> {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) && value !== 0
    ? { value }
    : {
        problem: `${source} is ${JSON.stringify(text)}, which is no whole number: give the chat's id (negative for groups), not its name`,
      };
}

/** Addresses of webhooks hold secrets: they are shown no more than a password. */
export function readUrl(given: Given): Read<string> {
  const isHttp = /^https?:\/\/[^\s]+$/.test(given.text) && URL.canParse(given.text);
  return isHttp
    ? { value: given.text }
    : { problem: `${hidden(given)} is no URL: give one that begins with http:// or https://` };
}

/** `host`, `host:port` or `[address]:port`. */
export function readServer({ text, source }: Given): Read<string> {
  const [, host = "", port = String(SUBMISSION_PORT)] =
    /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  if (host !== "" && Number(port) >= 1 && Number(port) <= LAST_PORT) return { value: `${host}:${port}` };
  return {
    problem: `${source} is ${JSON.stringify(text)}, which is no mail server: give host or host:port, such as mail.example.org:587`,
  };
}

const MAIL_ADDRESS = /^(?:[^<>@,\p{Cc}]*<[^\s<>@,]+@[^\s<>@,]+>|[^\s<>@,]+@[^\s<>@,]+)$/u;

export function readMailAddresses({ text, source }: Given, most: number): Read<string> {
  const addresses = text.split(",").map((address) => address.trim());
  const wrong = addresses.find((address) => !MAIL_ADDRESS.test(address));
  if (wrong !== undefined)
    return {
      problem: `${source} has ${JSON.stringify(wrong)}, which is no mail address: give name@example.org or Name <name@example.org>`,
    };
  if (addresses.length > most)
    return {
      problem: `${source} has ${addresses.length} addresses, and ${most} is the most: leave some out`,
    };
  return { value: addresses.join(", ") };
}

export function readTls({ text, source }: Given): Read<boolean> {
  if (text === "required" || text === "off") return { value: text === "required" };
  return {
    problem: `${source} is ${JSON.stringify(text)}: give required, or off for a server on this machine or network`,
  };
}
