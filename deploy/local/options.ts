import { parseArgs } from "node:util";
import { SupervisorError } from "./errors.ts";

export interface Options {
  config: string;
  workers: readonly string[];
  workerPorts: readonly number[];
  /** True when the user chose the worker ports, so that the upstreams in the configuration must follow. */
  workerPortsChosen: boolean;
  host: string;
  port: number;
  adminHost: string;
  adminPort: number;
  judgePort: number;
  logDir: string;
  startTimeoutMs: number;
}

export type Request = { run: Options } | { print: "help" | "version" };

const DEFAULT_WORKERS = ["config/workers/distilbert.yaml", "config/workers/roberta.yaml"];
const FIRST_WORKER_PORT = 8101;

export const USAGE = `npm start -- [options]      starts the gateway, its workers and the judge

  --config FILE          the experiment                      (config/experiment.yaml)
  --host ADDRESS         where the gateway listens           (127.0.0.1)
  --port PORT            … for traffic                       (8080)
  --admin-host ADDRESS   where its admin listener listens    (127.0.0.1)
  --admin-port PORT                                          (8081)
  --judge-port PORT      where the judge listens, beside it  (8082)
  --worker FILE          a worker's configuration; repeat it for each worker
                         (${DEFAULT_WORKERS.join(", ")})
  --worker-ports A,B     one port per worker                 (8101,8102)
  --log-dir DIR          where the processes' logs go        (.blindsplit/logs)
  --start-timeout SECS   how long a starting process may be silent   (60)
  --help, --version

A port of 0 takes any free one. BLINDSPLIT_CONFIG, _HOST, _PORT, _ADMIN_HOST, _ADMIN_PORT, _JUDGE_PORT,
_WORKER_PORTS and _LOG_DIR in the environment do the same as the flags; a flag wins. BLINDSPLIT_LOG_LEVEL reaches every process, other
BLINDSPLIT_ variables only a process whose own configuration file names them, as in \${BLINDSPLIT_SALT}.

SIGTERM, SIGINT and Ctrl-C stop everything in order. SIGHUP makes the gateway read its configuration again when this
was not started from a terminal; from a terminal it stops everything, because a terminal that closes sends it too.`;

/** The variables read here; they are for the supervisor and never reach a child unless its file names them. */
export const OWN_VARIABLES = [
  "BLINDSPLIT_CONFIG",
  "BLINDSPLIT_HOST",
  "BLINDSPLIT_PORT",
  "BLINDSPLIT_ADMIN_HOST",
  "BLINDSPLIT_ADMIN_PORT",
  "BLINDSPLIT_JUDGE_PORT",
  "BLINDSPLIT_WORKER_PORTS",
  "BLINDSPLIT_LOG_DIR",
];

const FLAGS = {
  config: { type: "string" },
  host: { type: "string" },
  port: { type: "string" },
  "admin-host": { type: "string" },
  "admin-port": { type: "string" },
  "judge-port": { type: "string" },
  worker: { type: "string", multiple: true },
  "worker-ports": { type: "string" },
  "log-dir": { type: "string" },
  "start-timeout": { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

function isUnexpectedArgument(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL";
}

/** After `npm start --port 9000` npm has kept the flag, as npm_config_port=true, and passed on the 9000 alone. */
function asMeant(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): string {
  const kept = Object.keys(FLAGS).filter(
    (name) => environment[`npm_config_${name.replaceAll("-", "_")}`] === "true",
  );
  return kept.length === 1 && args.length === 1 ? `--${kept[0]} ${args[0]}` : "--FLAG VALUE";
}

function parse(args: readonly string[], environment: Readonly<Record<string, string | undefined>>) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(". ")[0] : String(error);
    const remedy = isUnexpectedArgument(error) ? `write npm start -- ${asMeant(args, environment)}; ` : "";
    throw new SupervisorError("bad_option", `${reason}; ${remedy}npm start -- --help lists the options`);
  }
}

/** A value and the flag or variable that it came from. */
interface Given {
  text: string;
  source: string;
}

function wholeNumber({ text, source }: Given, low: number, high: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw new SupervisorError(
    "bad_option",
    `${source} is "${text}": give a whole number from ${low} to ${high}`,
  );
}

export function parseOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Request {
  const given = parse(args, environment);
  if (given.help) return { print: "help" };
  if (given.version) return { print: "version" };

  // An empty variable is none, as shells leave it behind.
  const find = (flag: Exclude<keyof typeof given, "worker" | "help" | "version">): Given | undefined => {
    const [onLine, variable] = [given[flag], `BLINDSPLIT_${flag.toUpperCase().replace("-", "_")}`];
    if (onLine !== undefined) return { text: onLine, source: `--${flag}` };
    const inherited = OWN_VARIABLES.includes(variable) && environment[variable];
    return inherited ? { text: inherited, source: variable } : undefined;
  };
  const port = (flag: "port" | "admin-port" | "judge-port", fallback: number) => {
    const found = find(flag);
    return found === undefined ? fallback : wholeNumber(found, 0, 65_535);
  };

  const workers = given.worker ?? DEFAULT_WORKERS;
  const portList = find("worker-ports");
  const workerPorts =
    portList === undefined
      ? workers.map((_, index) => FIRST_WORKER_PORT + index)
      : portList.text
          .split(",")
          .map((text) => wholeNumber({ text: text.trim(), source: portList.source }, 0, 65_535));
  if (workerPorts.length !== workers.length)
    throw new SupervisorError(
      "bad_option",
      `${portList?.source} has ${workerPorts.length} port(s) for ${workers.length} worker(s): give one for each`,
    );
  const seconds = find("start-timeout") ?? { text: "60", source: "--start-timeout" };

  return {
    run: {
      config: find("config")?.text ?? "config/experiment.yaml",
      workers,
      workerPorts,
      workerPortsChosen: portList !== undefined,
      host: find("host")?.text ?? "127.0.0.1",
      port: port("port", 8080),
      adminHost: find("admin-host")?.text ?? "127.0.0.1",
      adminPort: port("admin-port", 8081),
      judgePort: port("judge-port", 8082),
      logDir: find("log-dir")?.text ?? ".blindsplit/logs",
      startTimeoutMs: wholeNumber(seconds, 1, 3_600) * 1_000,
    },
  };
}
