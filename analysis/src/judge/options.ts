import { readArguments, UsageError } from "../../../proxy/src/command/arguments.ts";
import { LOG_LEVELS, type LogLevel } from "../../../proxy/src/config/config.ts";
import { duration } from "../../../proxy/src/config/duration.ts";
import { replicaUrl, upstreamUrl } from "../../../proxy/src/config/upstream-url.ts";

/** What flags and environment say instead of the file's `judge` section. */
export interface JudgeOverrides {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly stepMs: number | undefined;
  readonly prometheus: string | undefined;
  readonly gateways: readonly string[] | undefined;
  readonly state: string | undefined;
  readonly logLevel: LogLevel | undefined;
}

export type JudgeOptions =
  | {
      readonly kind: "run";
      readonly configFile: string;
      readonly overrides: JudgeOverrides;
      /** One look, then the end. */
      readonly isOnce: boolean;
      /** Milliseconds since 1970; undefined is now. */
      readonly at: number | undefined;
    }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "error"; readonly message: string };

const HELP = `blindsplit judge: looks at what the gateways count, every few minutes, and decides which variant is better

Usage: blindsplit judge [options]

  --config FILE        the experiment                    BLINDSPLIT_CONFIG            (config/experiment.yaml)
  --prometheus URL     reads this Prometheus             BLINDSPLIT_JUDGE_PROMETHEUS  (judge.prometheus; else the processes themselves)
  --gateways URL,…     admin listeners that it reads     BLINDSPLIT_JUDGE_GATEWAYS    (judge.gateways; else the file's own)
  --state FILE         what it keeps over restarts       BLINDSPLIT_JUDGE_STATE       (judge.state)
  --host HOST          address of its listener           BLINDSPLIT_JUDGE_HOST        (judge.host)
  --port PORT          port of its listener              BLINDSPLIT_JUDGE_PORT        (judge.port)
  --step TIME          between two looks, such as 5m     BLINDSPLIT_JUDGE_STEP        (judge.step)
  --log-level LEVEL    ${LOG_LEVELS.join(" ")}      BLINDSPLIT_LOG_LEVEL         (log.level)
  --once               one look, printed as JSON with letters for the variants; then it ends
  --at TIME            with --once and a Prometheus: the look at a moment of the past, such as 2027-01-31T12:00Z; keeps nothing
  --help

A flag wins over the environment, the environment over the file. Port 0 takes any free one.`;

const FLAGS = {
  config: { type: "string" },
  prometheus: { type: "string" },
  gateways: { type: "string" },
  state: { type: "string" },
  host: { type: "string" },
  port: { type: "string" },
  step: { type: "string" },
  "log-level": { type: "string" },
  once: { type: "boolean" },
  at: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const VARIABLES = {
  config: "BLINDSPLIT_CONFIG",
  prometheus: "BLINDSPLIT_JUDGE_PROMETHEUS",
  gateways: "BLINDSPLIT_JUDGE_GATEWAYS",
  state: "BLINDSPLIT_JUDGE_STATE",
  host: "BLINDSPLIT_JUDGE_HOST",
  port: "BLINDSPLIT_JUDGE_PORT",
  step: "BLINDSPLIT_JUDGE_STEP",
  "log-level": "BLINDSPLIT_LOG_LEVEL",
} as const;

const STEP = duration("1s", "1h").transform(Number);

type Environment = Readonly<Record<string, string | undefined>>;

interface Setting {
  readonly value: string;
  /** The flag or the variable it came from, for messages. */
  readonly from: string;
}

/** @param argv the arguments after the command */
export function parseOptions(argv: readonly string[], env: Environment): JudgeOptions {
  try {
    const { values } = readArguments({ args: [...argv], options: FLAGS });
    if (values.help === true) return { kind: "help", text: HELP };
    const read = (flag: keyof typeof VARIABLES) => readSetting(flag, values[flag], env);
    const at = values.at === undefined ? undefined : toMoment(values.at);
    if (at !== undefined && values.once !== true)
      throw new UsageError("--at is for one look: use it with --once");
    return {
      kind: "run",
      configFile: read("config")?.value ?? "config/experiment.yaml",
      overrides: {
        host: read("host")?.value,
        port: toPort(read("port")),
        stepMs: parsed(read("step"), STEP),
        prometheus: parsed(read("prometheus"), upstreamUrl),
        gateways: toGateways(read("gateways")),
        state: read("state")?.value,
        logLevel: toLogLevel(read("log-level")),
      },
      isOnce: values.once === true,
      at,
    };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { kind: "error", message: `${error.message}\n--help lists the options` };
  }
}

/** An empty variable counts as unset: compose passes those. An empty flag is a mistake, usually an unset variable in a shell. */
function readSetting(
  flag: keyof typeof VARIABLES,
  given: string | undefined,
  env: Environment,
): Setting | undefined {
  if (given === "") throw new UsageError(`--${flag} is empty: give it a value, or leave it out`);
  if (given !== undefined) return { value: given, from: `--${flag}` };
  const variable = VARIABLES[flag];
  const value = env[variable];
  return value === undefined || value === "" ? undefined : { value, from: variable };
}

interface Parser<T> {
  safeParse(
    value: string,
  ): { success: true; data: T } | { success: false; error: { issues: readonly { message: string }[] } };
}

function parsed<T>(setting: Setting | undefined, schema: Parser<T>): T | undefined {
  if (setting === undefined) return undefined;
  const result = schema.safeParse(setting.value);
  if (result.success) return result.data;
  throw new UsageError(`${setting.from}: ${result.error.issues.map(({ message }) => message).join("; ")}`);
}

function toGateways(setting: Setting | undefined): readonly string[] | undefined {
  return setting?.value
    .split(",")
    .flatMap((value) => parsed({ ...setting, value: value.trim() }, replicaUrl) ?? []);
}

function toPort(setting: Setting | undefined): number | undefined {
  if (setting === undefined) return undefined;
  const port = Number(setting.value);
  if (/^[0-9]{1,5}$/.test(setting.value) && port <= 65_535) return port;
  throw new UsageError(
    `${setting.from} is ${JSON.stringify(setting.value)}: a port is a whole number from 0 to 65535`,
  );
}

function toLogLevel(setting: Setting | undefined): LogLevel | undefined {
  if (setting === undefined) return undefined;
  const level = LOG_LEVELS.find((known) => known === setting.value);
  if (level !== undefined) return level;
  throw new UsageError(
    `${setting.from} is ${JSON.stringify(setting.value)}: use one of ${LOG_LEVELS.join(", ")}`,
  );
}

function toMoment(text: string): number {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(at)) return at;
  throw new UsageError(`--at is ${JSON.stringify(text)}: write a moment such as 2027-01-31T12:00Z`);
}
