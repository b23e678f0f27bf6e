import { readFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { childEnvironment, type Environment, namesIn, unreadVariables } from "./environment.ts";
import { SupervisorError } from "./errors.ts";
import { type Options, OWN_VARIABLES } from "./options.ts";
import type { Address } from "./ports.ts";
import { readOrMakeSecret } from "./secret-file.ts";

/** One process to keep running. */
export interface ProcessPlan {
  /** "proxy", "judge", or the worker's name; also the name of its log. */
  name: string;
  /** What the terminal calls it. */
  title: string;
  args: readonly string[];
  cwd: string;
  environment: Readonly<Record<string, string>>;
  readyUrl: string;
  /** Its base address as this machine reaches it. */
  url: string;
}

export interface Plan {
  workers: readonly ProcessPlan[];
  proxy: ProcessPlan;
  judge: ProcessPlan;
  adminUrl: string;
  /** The secret of outcome tokens that was made for this machine, where the file names one and nobody gave it. */
  secretFile: string | undefined;
  /** As the user would type it. */
  configFile: string;
  unreadVariables: readonly string[];
  /** The configuration has listen addresses of its own, which the flags used here override. */
  overridesFile: boolean;
}

export interface Places {
  /** The checkout, whose programs are started. */
  root: string;
  /** What the user's file names are relative to. */
  workingDirectory: string;
}

const WORKER_HOST = "127.0.0.1";
/** Variables of the reference configuration. */
const OUTCOME_SECRET = "BLINDSPLIT_OUTCOME_SECRET";
const JUDGE_URL = "BLINDSPLIT_JUDGE_URL";

interface ConfigFile {
  /** As children are told it: relative to the root when inside it, so that their messages stay short. */
  path: string;
  text: string;
}

function readConfig({ root, workingDirectory }: Places, file: string, flag: string): ConfigFile {
  const absolute = resolve(workingDirectory, file);
  const fromRoot = relative(root, absolute);
  const path = fromRoot.startsWith("..") || isAbsolute(fromRoot) ? absolute : fromRoot;
  try {
    return { path, text: readFileSync(absolute, "utf8") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const reason =
      code === "ENOENT"
        ? "does not exist"
        : code === "EISDIR"
          ? "is a directory"
          : `cannot be read (${code})`;
    throw new SupervisorError("bad_file", `${file} ${reason}: name another with ${flag} FILE`, {
      cause: error,
    });
  }
}

/**
 * glibc gives every thread an arena of its own, and what loading a model frees in one stays with the process: a quarter
 * of a full-size worker's memory. Threads of a worker hardly ever allocate at the same time.
 */
const MALLOC_ARENA_MAX = "1";

function workerName(file: string): string {
  return basename(file).replace(/\.ya?ml$/, "");
}

/** The variable through which a configuration follows a worker's port: BLINDSPLIT_WORKER_ROBERTA. */
function workerVariable(name: string): string {
  return `BLINDSPLIT_WORKER_${name.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}`;
}

/** How this machine reaches a listener: an address that means "all of them" becomes loopback. */
function urlOf(host: string, port: number): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

export function addressesOf(options: Options): Address[] {
  return [
    { use: "traffic", flag: "--port", host: options.host, port: options.port },
    { use: "admin", flag: "--admin-port", host: options.adminHost, port: options.adminPort },
    { use: "judge", flag: "--judge-port", host: options.adminHost, port: options.judgePort },
    ...options.workers.map((file, index) => ({
      use: `worker ${workerName(file)}`,
      flag: "--worker-ports",
      host: WORKER_HOST,
      port: options.workerPorts[index] ?? 0,
    })),
  ];
}

function refuseNamesakes(names: readonly string[]): void {
  const isTaken = (name: string) => name === "proxy" || name === "judge";
  const twice = names.find((name, index) => names.indexOf(name) !== index || isTaken(name));
  if (twice === undefined) return;
  throw new SupervisorError(
    "bad_option",
    isTaken(twice)
      ? `a worker's configuration is called ${twice}.yaml: that name is ${twice === "proxy" ? "the gateway" : "the judge"}'s, give the file another`
      : `two workers' configurations are called ${twice}: give each file a name of its own`,
  );
}

/** Without this the workers would run where the gateway does not look, and every request would be a 503. */
function refuseLostUpstreams(config: ConfigFile, workers: readonly { name: string; port: number }[]): void {
  for (const { name, port } of workers) {
    const variable = workerVariable(name);
    if (namesIn(config.text).has(variable) || new RegExp(`:${port}(?!\\d)`).test(config.text)) continue;
    throw new SupervisorError(
      "bad_file",
      `${config.path} does not follow --worker-ports: write \${${variable}:-http://127.0.0.1:8101} as the upstream of ${name}`,
    );
  }
}

/** A host or port inside the top-level block `listen` or `admin`; a guess from the text, good enough for a hint. */
function namesAddresses(configText: string): boolean {
  return /^(listen|admin):(?:.*\b(?:host|port):|.*\n(?:[ #].*\n|\n)*? +(?:host|port):)/m.test(configText);
}

/** `options` hold the ports as claimed: none of them is 0 any more. */
export function createPlan(places: Places, options: Options, environment: Environment): Plan {
  const { root } = places;
  const config = readConfig(places, options.config, "--config");
  const workerFiles = options.workers.map((file) => readConfig(places, file, "--worker"));
  const addresses = options.workers.map((file, index) => ({
    name: workerName(file),
    port: options.workerPorts[index] ?? 0,
  }));
  refuseNamesakes(addresses.map(({ name }) => name));
  if (options.workerPortsChosen) refuseLostUpstreams(config, addresses);

  const workers = addresses.map(({ name, port }, index): ProcessPlan => {
    const file = workerFiles[index] ?? { path: "", text: "" };
    const url = urlOf(WORKER_HOST, port);
    return {
      name,
      title: `worker ${name}`,
      args: [
        join(root, "worker/src/main.ts"),
        ...["--config", file.path],
        ...["--host", WORKER_HOST, "--port", String(port)],
      ],
      cwd: root,
      environment: childEnvironment({ MALLOC_ARENA_MAX, ...environment }, file.text, {}),
      readyUrl: `${url}/readyz`,
      url,
    };
  });

  const adminUrl = urlOf(options.adminHost, options.adminPort);
  const judgeUrl = urlOf(options.adminHost, options.judgePort);
  const stateFolder = dirname(resolve(places.workingDirectory, options.logDir));
  const secretFile =
    namesIn(config.text).has(OUTCOME_SECRET) && !environment[OUTCOME_SECRET]
      ? join(stateFolder, "outcome-secret")
      : undefined;
  const shared = {
    ...Object.fromEntries(workers.map(({ name, url }) => [workerVariable(name), url])),
    [JUDGE_URL]: judgeUrl,
    ...(secretFile === undefined ? {} : { [OUTCOME_SECRET]: readOrMakeSecret(secretFile) }),
  };
  const experimentEnvironment = childEnvironment(environment, config.text, shared);
  const proxy: ProcessPlan = {
    name: "proxy",
    title: "gateway",
    args: [
      join(root, "proxy/src/main.ts"),
      ...["--config", config.path],
      ...["--host", options.host, "--port", String(options.port)],
      ...["--admin-host", options.adminHost, "--admin-port", String(options.adminPort)],
    ],
    cwd: root,
    environment: experimentEnvironment,
    readyUrl: `${adminUrl}/-/ready`,
    url: urlOf(options.host, options.port),
  };
  const judge: ProcessPlan = {
    name: "judge",
    title: "judge",
    args: [
      join(root, "analysis/src/main.ts"),
      ...["judge", "--config", config.path],
      ...["--host", options.adminHost, "--port", String(options.judgePort)],
      ...["--gateways", adminUrl, "--state", join(stateFolder, "judge.json")],
    ],
    cwd: root,
    environment: experimentEnvironment,
    readyUrl: `${judgeUrl}/-/ready`,
    url: judgeUrl,
  };

  return {
    workers,
    proxy,
    judge,
    adminUrl,
    secretFile,
    configFile: config.path,
    overridesFile: namesAddresses(config.text),
    unreadVariables: unreadVariables(environment, OWN_VARIABLES, [
      config.text,
      ...workerFiles.map(({ text }) => text),
    ]),
  };
}
