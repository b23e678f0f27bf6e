import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { CommandError } from "../../../../proxy/src/command/arguments.ts";
import { ask, UnreachableError } from "../ask.ts";

/** What Alertmanager's messages show at most; see prometheus/src/alertmanager/report-messages.ts. */
const MOST_SUMMARY = 300;
const MOST_DESCRIPTION = 2_400;
const ATTEMPTS = 4;
/** Before the second attempt; doubles with each. */
const FIRST_PAUSE_MS = 500;
const HOUR_MS = 3_600_000;

/** What a message is about where it is not the day's report. */
export type Exception =
  /** There is none. */
  | "missing"
  /** It was sent, and could not be kept. */
  | "unkept";

export interface Nightly {
  /** Undefined where nobody knows it: the configuration cannot be read. */
  readonly experiment: string | undefined;
  /** Undefined of the day's report. */
  readonly exception?: Exception;
  readonly summary: string;
  readonly reasons: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * One alert for each experiment and day, whatever it says: posted again, it is the same and nobody is told twice. What is
 * no report has a label more: after the message that there is none, the report is another alert, and told too.
 */
export function nightlyAlert({ experiment, exception, summary, reasons, now }: Nightly) {
  const date = new Date(now).toISOString().slice(0, 10);
  const begin = Date.parse(`${date}T00:00:00Z`);
  return {
    labels: {
      alertname: "ABNightlyReport",
      ...(experiment === undefined ? {} : { experiment }),
      date,
      ...(exception === undefined ? {} : { report: exception }),
      tier: "experiment",
      severity: "ticket",
    },
    annotations: {
      summary: cut(summary, MOST_SUMMARY),
      description: cut(reasons.join("\n"), MOST_DESCRIPTION),
    },
    startsAt: new Date(begin).toISOString(),
    // An hour more than the day: one of shortly before midnight still has time to be told.
    endsAt: new Date(begin + 25 * HOUR_MS).toISOString(),
  };
}

/**
 * Posts it, and asks whether it will be told.
 *
 * @param url of Alertmanager, without a slash at the end
 * @throws CommandError where it cannot be delivered
 */
export async function sendNightly(
  url: string,
  nightly: Nightly,
  firstPauseMs = FIRST_PAUSE_MS,
): Promise<void> {
  const alert = nightlyAlert(nightly);
  await post(url, JSON.stringify([alert]), firstPauseMs);
  const { alertname, date } = alert.labels;
  // A label that is missing is an empty one.
  const { experiment = "", exception: report = "" } = nightly;
  const filters = Object.entries({ alertname, experiment, date, report })
    .map(([label, value]) => `filter=${encodeURIComponent(`${label}=${JSON.stringify(value)}`)}`)
    .join("&");
  const found = await find(`${url}/api/v2/alerts?${filters}`, firstPauseMs);
  if (found === undefined)
    throw new CommandError(
      `Alertmanager at ${url} took the report and does not list it: is its clock right? The report is of ${date}`,
    );
  const { silencedBy, inhibitedBy } = found.status;
  if (found.status.state === "suppressed")
    throw new CommandError(
      `the report reached Alertmanager at ${url} and is told to nobody: ${silencedBy.length > 0 ? `the silence ${silencedBy.join(", ")}` : `the inhibition by ${inhibitedBy.join(", ")}`} holds it; let it end`,
    );
}

/** Alertmanager may be starting: some attempts, then no more. */
async function post(url: string, body: string, firstPauseMs: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const failure = await tryPost(url, body);
    if (failure === undefined) return;
    if (!failure.isPassing || attempt === ATTEMPTS)
      throw new CommandError(`the report was not sent: ${failure.message}; name another with --alertmanager`);
    await pause(firstPauseMs * 2 ** (attempt - 1));
  }
}

async function tryPost(
  url: string,
  body: string,
): Promise<{ readonly message: string; readonly isPassing: boolean } | undefined> {
  try {
    const { status, text } = await ask({
      whom: "Alertmanager",
      url: `${url}/api/v2/alerts`,
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    if (status === 200) return undefined;
    const said = text.replace(/\p{Cc}/gu, " ").slice(0, 200);
    return {
      message: `Alertmanager at ${url} answers ${status} ${said}`.trim(),
      isPassing: status >= 500 || status === 429,
    };
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    return { message: error.message, isPassing: true };
  }
}

const listed = z.array(
  z.object({
    status: z.object({
      state: z.string(),
      silencedBy: z.array(z.string()),
      inhibitedBy: z.array(z.string()),
    }),
  }),
);

/** It is listed at once or soon; `unprocessed` until Alertmanager has looked at it. */
async function find(url: string, firstPauseMs: number): Promise<z.infer<typeof listed>[number] | undefined> {
  for (let attempt = 1; ; attempt++) {
    const { data } = listed.safeParse(await read(url));
    const found = data?.[0];
    if (attempt === ATTEMPTS || (found !== undefined && found.status.state !== "unprocessed")) return found;
    await pause(firstPauseMs * 2 ** (attempt - 1));
  }
}

async function read(url: string): Promise<unknown> {
  try {
    return JSON.parse((await ask({ whom: "Alertmanager", url })).text);
  } catch {
    return undefined;
  }
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}
