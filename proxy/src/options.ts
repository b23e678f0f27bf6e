import packageJson from "../package.json" with { type: "json" };
import { readArguments, UsageError } from "./command/arguments.ts";
import { LOG_LEVELS, type LogLevel } from "./config/config.ts";
import type { Overrides } from "./config/effective.ts";

export type Options =
  | { readonly kind: "run"; readonly configFile: string; readonly overrides: Overrides }
  | { readonly kind: "help" | "version"; readonly text: string }
  | { readonly kind: "error"; readonly message: string };

type Environment = Readonly<Record<string, string | undefined>>;

const HELP = `blindsplit: a reverse proxy that runs a blind A/B test of two models on live traffic

Usage: blindsplit [serve] [options]     starts the gateway
       blindsplit check FILE            is this configuration valid, and what does it do?
       blindsplit check OLD NEW         which users move from which variant to which?
       blindsplit force-token           makes a token with which a tester meets a certain variant
       blindsplit judge                 decides which variant is better, for all gateways (*)
       blindsplit report                prints what it has decided, and why (*)
       blindsplit plan                  how many users, and days, an experiment takes (*)
       blindsplit outcomes send FILE    reports what happened after many answers (*)
       blindsplit COMMAND --help

  --config FILE        the experiment                   BLINDSPLIT_CONFIG      (config/experiment.yaml)
  --host HOST          address of the traffic listener  BLINDSPLIT_HOST        (listen.host of the file)
  --port PORT          port of the traffic listener     BLINDSPLIT_PORT        (listen.port)
  --admin-host HOST    address of the admin listener    BLINDSPLIT_ADMIN_HOST  (admin.host)
  --admin-port PORT    port of the admin listener       BLINDSPLIT_ADMIN_PORT  (admin.port)
  --log-level LEVEL    ${LOG_LEVELS.join(" ")}     BLINDSPLIT_LOG_LEVEL   (log.level)
  --help, --version

A flag wins over the environment, the environment over the file. Port 0 takes any free one.
(*) From the repository as npm run blindsplit -- COMMAND, in the image as node /app/analysis/src/main.ts COMMAND.`;

const FLAGS = {
  config: { type: "string" },
  host: { type: "string" },
  port: { type: "string" },
  "admin-host": { type: "string" },
  "admin-port": { type: "string" },
  "log-level": { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

type ValueFlag = "config" | "host" | "port" | "admin-host" | "admin-port" | "log-level";

/** @param argv the arguments after the script's name */
export function parseOptions(argv: readonly string[], env: Environment): Options {
  try {
    const { values } = readArguments({ args: [...argv], options: FLAGS });
    if (values.help === true) return { kind: "help", text: HELP };
    if (values.version === true) return { kind: "version", text: `blindsplit ${packageJson.version}` };
    const read = (flag: ValueFlag) => readSetting(flag, values[flag], env);
    return {
      kind: "run",
      configFile: read("config")?.value ?? "config/experiment.yaml",
      overrides: {
        host: read("host")?.value,
        port: toPort(read("port")),
        adminHost: read("admin-host")?.value,
        adminPort: toPort(read("admin-port")),
        logLevel: toLogLevel(read("log-level")),
      },
    };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { kind: "error", message: `${error.message}\n--help lists the options` };
  }
}

interface Setting {
  readonly value: string;
  /** The flag or the variable it came from, for messages. */
  readonly from: string;
}

/** An empty variable counts as unset: compose passes those. An empty flag is a mistake, usually an unset variable in a shell. */
function readSetting(flag: ValueFlag, given: string | undefined, env: Environment): Setting | undefined {
  if (given === "") throw new UsageError(`--${flag} is empty: give it a value, or leave it out`);
  if (given !== undefined) return { value: given, from: `--${flag}` };
  const variable = `BLINDSPLIT_${flag.toUpperCase().replaceAll("-", "_")}`;
  const value = env[variable];
  return value === undefined || value === "" ? undefined : { value, from: variable };
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
