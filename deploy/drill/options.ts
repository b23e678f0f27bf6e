import { parseArgs } from "node:util";
import { DrillError } from "./errors.ts";

/** Whom the drill reaches: its own sink, or the people who are told in earnest. */
export const RECEIVERS = ["drill", "on-call", "tickets", "experiment"] as const;
export type ReceiverName = (typeof RECEIVERS)[number];

export interface Options {
  /** Without a slash at the end. */
  readonly alertmanager: string;
  readonly host: string;
  readonly port: number;
  readonly receiver: ReceiverName;
  /** For each of the two deliveries. */
  readonly timeoutMs: number;
}

export type Request = { readonly run: Options } | { readonly print: string };

const LONGEST_SECONDS = 3_600;

const USAGE = `npm run drill -- [options]      sends a test alert through Alertmanager and waits until it was delivered, firing and resolved

  --alertmanager URL     where Alertmanager is                            (http://127.0.0.1:9093)
  --listen HOST:PORT     where BLINDSPLIT_DRILL_URL of its configuration
                         leads to; for one in a container: 0.0.0.0:9099   (127.0.0.1:9099)
  --receiver NAME        on-call, tickets or experiment: a test message to
                         them instead of to the drill itself              (drill)
  --timeout SECS         how long each delivery may take                  (30)
  --help

It ends with 0 when both were delivered, 1 when not, 2 for a wrong option, 3 when Alertmanager cannot tell whose delivery it was.
`;

/** @throws DrillError `bad_option` */
export function readOptions(args: readonly string[]): Request {
  const values = parse(args);
  if (values.help) return { print: USAGE };
  return {
    run: {
      alertmanager: readUrl(values.alertmanager),
      ...readAddress(values.listen),
      receiver: readReceiver(values.receiver),
      timeoutMs: readSeconds(values.timeout) * 1_000,
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        alertmanager: { type: "string", default: "http://127.0.0.1:9093" },
        listen: { type: "string", default: "127.0.0.1:9099" },
        receiver: { type: "string", default: "drill" },
        timeout: { type: "string", default: "30" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(". ")[0] : String(error);
    throw new DrillError("bad_option", `${reason}; npm run drill -- --help lists the options`);
  }
}

function readUrl(text: string): string {
  if (/^https?:\/\/\S+$/.test(text) && URL.canParse(text)) return text.replace(/\/+$/, "");
  throw new DrillError(
    "bad_option",
    `--alertmanager is "${text}": give a URL, such as http://127.0.0.1:9093`,
  );
}

function readAddress(text: string): { host: string; port: number } {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^\s:[\]]+):(\d{1,5})$/i.exec(text) ?? [];
  if (host !== undefined && Number(port) <= 65_535)
    return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
  throw new DrillError("bad_option", `--listen is "${text}": give host:port, such as 127.0.0.1:9099`);
}

function readReceiver(text: string): ReceiverName {
  const receiver = RECEIVERS.find((name) => name === text);
  if (receiver !== undefined) return receiver;
  throw new DrillError("bad_option", `--receiver is "${text}": there is ${RECEIVERS.join(", ")}`);
}

function readSeconds(text: string): number {
  const seconds = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= LONGEST_SECONDS) return seconds;
  throw new DrillError(
    "bad_option",
    `--timeout is "${text}": give whole seconds from 1 to ${LONGEST_SECONDS}`,
  );
}
