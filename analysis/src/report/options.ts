import { extname } from "node:path";
import { readArguments, UsageError } from "../../../proxy/src/command/arguments.ts";
import { nearest } from "../../../proxy/src/config/nearest.ts";
import { upstreamUrl } from "../../../proxy/src/config/upstream-url.ts";
import type { Daily } from "./delivery/daily.ts";

export const FORMATS = ["terminal", "markdown", "html", "json"] as const;
export type Format = (typeof FORMATS)[number];

export type Place =
  /** The judge of the configuration, else its state file, else its Prometheus. */
  | { readonly kind: "any" }
  | { readonly kind: "judge"; readonly url: string }
  | { readonly kind: "state"; readonly file: string }
  | { readonly kind: "prometheus"; readonly url: string };

export interface ReportOptions {
  readonly configFile: string;
  readonly place: Place;
  /** Milliseconds since 1970; undefined is now. */
  readonly at: number | undefined;
  readonly format: Format;
  readonly out: string | undefined;
  /** Why variants are named; undefined leaves them masked. */
  readonly reason: string | undefined;
  readonly mlflow: string | undefined;
  /** Where the nightly report goes; undefined sends none. */
  readonly alertmanager: string | undefined;
  /** Undefined sends once. */
  readonly daily: Daily | undefined;
  readonly isDecisionRequired: boolean;
}

const LEAST_REASON = 10;
const MOST_REASON = 1_000;

export const HELP = `Says what the experiment has found so far; the first line is the verdict

Usage: blindsplit report [options]

  --config FILE        the experiment; BLINDSPLIT_CONFIG says the same  (config/experiment.yaml)
  --judge URL          asks this judge                                  (judge.url, else judge.host and judge.port)
  --state FILE         reads the file of a judge that does not run      (judge.state)
  --prometheus URL     looks at everything that this Prometheus remembers, without a judge
  --at TIME            at a moment of the past, such as 2027-01-31T12:00Z or 2027-01-31; needs a Prometheus
  --format FORMAT      ${FORMATS.join(", ")}                 (terminal, or as --out ends: .md, .html, .json)
  --out FILE           writes the report there; the verdict alone goes to standard output
  --unblind            names the variants, with everything that would tell them
  --reason TEXT        why: goes to decisions.jsonl beside the judge's state file, before anything is shown
  --send               sends the masked verdict of the day to Alertmanager, once for each experiment and day
  --alertmanager URL   where that is; BLINDSPLIT_ALERTMANAGER says the same (http://127.0.0.1:9093)
  --daily HH:MM        with --send: stays, and sends every day at this time (UTC) until it is asked to end
  --now                with --daily: sends at the start too
  --mlflow URI         keeps the report as a run of this MLflow server
  --require-decision   ends with 6 while there is not enough data
  --help

Without --judge, --state or --prometheus, whatever of the three answers first is used.

Exit code 0: not enough data yet, no difference, or better; 1: no report can be made, or it could not be sent; 2: called
wrongly; 3: worse; 4: a guardrail is breached; 5: invalid; 6: see --require-decision. A masked report ends with 3 when
either variant is better: which one would tell the treatment. With --send, 0 says that Alertmanager has it.
`;

/** @returns undefined for --help; @throws UsageError */
export function parseOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ReportOptions | undefined {
  const { values } = readArguments({
    args: [...argv],
    options: {
      config: { type: "string" },
      judge: { type: "string" },
      state: { type: "string" },
      prometheus: { type: "string" },
      at: { type: "string" },
      format: { type: "string" },
      out: { type: "string" },
      unblind: { type: "boolean", default: false },
      reason: { type: "string" },
      send: { type: "boolean", default: false },
      alertmanager: { type: "string" },
      daily: { type: "string" },
      now: { type: "boolean", default: false },
      mlflow: { type: "string" },
      "require-decision": { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return undefined;
  for (const [flag, value] of Object.entries(values))
    if (value === "") throw new UsageError(`--${flag} is empty: give it a value, or leave it out`);
  const place = readPlace(values);
  const at = values.at === undefined ? undefined : readMoment(values.at);
  if (at !== undefined && (place.kind === "judge" || place.kind === "state"))
    throw new UsageError(
      `--at is of the past, which --${place.kind} does not remember: leave one of them out, or use --prometheus`,
    );
  if (values.unblind && values.send)
    throw new UsageError("--send goes to people who must not know the variants: leave --unblind out");
  if (!values.send && values.alertmanager !== undefined)
    throw new UsageError("--alertmanager says where to send, but --send is missing");
  const daily = readDaily(values);
  if (at !== undefined && daily !== undefined)
    throw new UsageError("--at is one moment, --daily every day: leave one of them out");
  return {
    configFile: values.config ?? (env.BLINDSPLIT_CONFIG || "config/experiment.yaml"),
    place,
    at,
    format: readFormat(values.format, values.out),
    out: values.out,
    reason: readReason(values),
    mlflow: values.mlflow === undefined ? undefined : readUrl("--mlflow", values.mlflow),
    alertmanager: values.send
      ? readUrl(
          "--alertmanager",
          values.alertmanager ?? (env.BLINDSPLIT_ALERTMANAGER || "http://127.0.0.1:9093"),
        )
      : undefined,
    daily,
    isDecisionRequired: values["require-decision"],
  };
}

function readPlace(values: {
  readonly judge?: string | undefined;
  readonly state?: string | undefined;
  readonly prometheus?: string | undefined;
}): Place {
  const { judge, state, prometheus } = values;
  const given = Object.entries({ judge, state, prometheus }).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`],
  );
  if (given.length > 1)
    throw new UsageError(`${given.join(" and ")} are different places to read from: give one of them`);
  if (judge !== undefined) return { kind: "judge", url: readUrl("--judge", judge) };
  if (state !== undefined) return { kind: "state", file: state };
  if (prometheus !== undefined) return { kind: "prometheus", url: readUrl("--prometheus", prometheus) };
  return { kind: "any" };
}

function readDaily(values: {
  readonly daily?: string | undefined;
  readonly now: boolean;
  readonly send: boolean;
}): Daily | undefined {
  const { daily, now, send } = values;
  if (daily === undefined) {
    if (now) throw new UsageError("--now is for --daily, which is missing: without it a report is of now");
    return undefined;
  }
  if (!send) throw new UsageError("--daily says when to send, but --send is missing");
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(daily) ?? [];
  if (hours === undefined || minutes === undefined)
    throw new UsageError(`--daily is ${JSON.stringify(daily)}: write a time of day (UTC) such as 06:00`);
  return { timeOfDayMs: (Number(hours) * 60 + Number(minutes)) * 60_000, isNow: now };
}

function readUrl(flag: string, text: string): string {
  const { data, error } = upstreamUrl.safeParse(text);
  if (data === undefined) throw new UsageError(`${flag} ${error?.issues[0]?.message}`);
  return data;
}

function readMoment(text: string): number {
  // A day alone is its beginning, UTC.
  const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(at)) return at;
  throw new UsageError(`--at is ${JSON.stringify(text)}: write a moment such as 2027-01-31T12:00Z, or a day`);
}

const ENDINGS: Readonly<Record<string, Format>> = {
  ".md": "markdown",
  ".markdown": "markdown",
  ".html": "html",
  ".htm": "html",
  ".json": "json",
};

function readFormat(text: string | undefined, out: string | undefined): Format {
  if (text === undefined) return ENDINGS[extname(out ?? "").toLowerCase()] ?? "terminal";
  const format = FORMATS.find((known) => known === text);
  if (format !== undefined) return format;
  const meant = nearest(text, FORMATS);
  throw new UsageError(
    `--format is ${JSON.stringify(text)}: ${meant === undefined ? `there is ${FORMATS.join(", ")}` : `did you mean ${meant}?`}`,
  );
}

function readReason({
  unblind,
  reason,
}: {
  unblind: boolean;
  reason?: string | undefined;
}): string | undefined {
  if (!unblind) {
    if (reason === undefined) return undefined;
    throw new UsageError("--reason is for --unblind, which is missing");
  }
  const text = reason?.trim() ?? "";
  const remedy = `write why the variants must be known, in ${LEAST_REASON} to ${MOST_REASON} characters`;
  if (reason === undefined) throw new UsageError(`--unblind needs --reason TEXT: ${remedy}`);
  if (text.length < LEAST_REASON || text.length > MOST_REASON)
    throw new UsageError(`--reason has ${text.length} characters: ${remedy}`);
  return text;
}
