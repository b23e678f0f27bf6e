import { parseArgs } from "node:util";
import { parseScale } from "../duration.ts";

export type Request =
  | { readonly print: string }
  | { readonly write: { readonly file: string | undefined; readonly timeScale: number } };

const USAGE = `node prometheus/src/alertmanager/main.ts [options]      writes the configuration of Alertmanager

  --out FILE           a file that only its owner can read; else standard output
  --time-scale S       how long a second lasts: 1/30 turns five minutes into ten seconds     (1)
  --help

Who is told comes from the environment; each variable may be NAME_FILE instead, a file that holds the value:

  on-call       BLINDSPLIT_TELEGRAM_TOKEN, BLINDSPLIT_TELEGRAM_CHAT, BLINDSPLIT_TELEGRAM_API
  tickets       BLINDSPLIT_SMTP_HOST, BLINDSPLIT_SMTP_FROM, BLINDSPLIT_SMTP_TO,
                BLINDSPLIT_SMTP_USER, BLINDSPLIT_SMTP_PASSWORD, BLINDSPLIT_SMTP_TLS
  experiment    BLINDSPLIT_SLACK_WEBHOOK
  heartbeat     BLINDSPLIT_HEARTBEAT_URL
  drill         BLINDSPLIT_DRILL_URL
  any service   BLINDSPLIT_ON_CALL_WEBHOOK, BLINDSPLIT_TICKETS_WEBHOOK, BLINDSPLIT_EXPERIMENT_WEBHOOK

A receiver without its variables delivers nowhere, and a line on standard error says so.
`;

export class OptionError extends Error {
  readonly code = "option_invalid";
}

function readScale(text: string): number {
  try {
    return parseScale(text);
  } catch (error) {
    throw new OptionError(`--time-scale: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws OptionError */
export function readOptions(args: readonly string[]): Request {
  const { values } = parse(args);
  if (values.help) return { print: USAGE };
  return { write: { file: values.out, timeScale: readScale(values["time-scale"]) } };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        out: { type: "string" },
        "time-scale": { type: "string", default: "1" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(". ")[0] : String(error);
    throw new OptionError(`${reason}; --help lists the options`);
  }
}
