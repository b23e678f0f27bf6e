import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

/*
 * A stand-in for worker, gateway and judge, for the supervisor's tests: the same flags, ready addresses, log format
 * and manners (it stops on SIGTERM, SIGINT and when its parent is gone), and a configuration that tells it to misbehave.
 */
interface Manners {
  /** Printed on stderr at once. */
  say?: string;
  /** Printed on stdout at once. */
  log?: object;
  /** Ends with this code instead of serving. */
  exit?: number;
  /** The same, once this file exists: a program that starts well and later no more. */
  exitWhenExists?: string;
  ready?: boolean;
  /** What `/config` answers. */
  config?: unknown;
  ignoreSignals?: boolean;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    config: { type: "string", default: "" },
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "0" },
    "admin-host": { type: "string" },
    "admin-port": { type: "string" },
    gateways: { type: "string" },
    state: { type: "string" },
  },
});

const configText = readFileSync(values.config, "utf8");
// The judge reads the gateway's file, which tells the gateway how to behave.
const isJudge = positionals[0] === "judge";
const manners: Manners = isJudge ? {} : JSON.parse(configText.replace(/^#.*$/gm, "").trim() || "{}");
const exists = (file: string) => {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
};

if (manners.say) process.stderr.write(`${manners.say}\n`);
if (manners.log) process.stdout.write(`${JSON.stringify(manners.log)}\n`);
if (manners.exit !== undefined) process.exit(manners.exit);
if (manners.exitWhenExists && exists(manners.exitWhenExists)) process.exit(3);

const server = createServer((request, response) => {
  const path = request.url ?? "/";
  if (path === "/readyz" || path === "/-/ready") response.statusCode = manners.ready === false ? 503 : 200;
  else if (path === "/environment") response.write(JSON.stringify(process.env));
  else if (path === "/pid") response.write(String(process.pid));
  else if (path === "/config") response.write(manners.config ? JSON.stringify(manners.config) : "{}");
  else if (path === "/warn")
    process.stdout.write('{"level":40,"msg":"the queue is full"}\n{"level":30,"msg":"no"}\n');
  response.end();
});
const host = values["admin-host"] ?? values.host;
server.listen(Number(values["admin-port"] ?? values.port), host);
server.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

for (const name of ["SIGTERM", "SIGINT"] as const)
  process.on(name, () => {
    process.stdout.write(`got ${name}\n`);
    if (!manners.ignoreSignals) process.exit(0);
  });
process.on("SIGHUP", () => process.stdout.write("got SIGHUP\n"));
process.on("disconnect", () => process.exit(0));
