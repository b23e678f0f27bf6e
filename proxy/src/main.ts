import { createApp } from "./app.ts";
import { ConfigError } from "./config/problem.ts";
import { createLog } from "./log.ts";
import { parseOptions } from "./options.ts";

const FAILED = 1;
const BAD_OPTIONS = 2;

function fail(message: string, code: number): never {
  process.stderr.write(`blindsplit proxy: ${message}\n`);
  process.exit(code);
}

function explainStart(error: unknown): string {
  if (error instanceof ConfigError) return `the configuration cannot be used\n${error.message}`;
  const { code, message, port, address } = error as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
  };
  if (code === "EADDRINUSE")
    return `${address}:${port} is in use; stop what listens there or choose another with --port or --admin-port`;
  if (code === "EACCES") return `${address}:${port} may not be bound by this user; choose a port above 1023`;
  if (code === "EADDRNOTAVAIL")
    return `${address} is no address of this machine; choose another with --host or --admin-host`;
  return message;
}

const options = parseOptions(process.argv.slice(2), process.env);
if (options.kind === "error") fail(options.message, BAD_OPTIONS);
if (options.kind === "help" || options.kind === "version") {
  process.stdout.write(`${options.text}\n`);
  process.exit(0);
}

const log = createLog(options.overrides.logLevel ?? "info");
const app = createApp({
  configFile: options.configFile,
  overrides: options.overrides,
  env: process.env,
  log,
  usage: {
    residentBytes: () => process.memoryUsage.rss(),
    cpuSeconds: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  },
});

let stopping = false;
/** The first request to stop lets requests in flight end; the second ends at once. */
function stop(): void {
  if (stopping) process.exit(FAILED);
  stopping = true;
  app.stop().then(
    () => process.exit(0),
    (error: unknown) => fail(String(error), FAILED),
  );
}

process.on("SIGTERM", stop);
process.on("SIGINT", stop);
// The supervisor that started us is gone: nobody would ever stop us.
process.on("disconnect", () => {
  if (!stopping) stop();
});
process.on("unhandledRejection", (error) => {
  log.fatal({ err: error }, "unhandled rejection");
  process.exit(FAILED);
});

try {
  await app.start();
} catch (error) {
  fail(explainStart(error), FAILED);
}
// Before the start a reload has nothing to replace.
process.on("SIGHUP", () => void app.reload("signal"));
