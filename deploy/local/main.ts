import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createApp } from "./app.ts";
import { SupervisorError } from "./errors.ts";
import { parseOptions, USAGE } from "./options.ts";

const ROOT = join(import.meta.dirname, "../..");
/** npm passes a terminal's Ctrl-C on to a process that has already had it; so close together they are one. */
const SAME_KEY_PRESS_MS = 300;

const say = (text: string) => void process.stdout.write(`${text}\n`);

async function fail(error: unknown, code: number): Promise<never> {
  const isOurs = error instanceof SupervisorError;
  const message = isOurs ? error.message : error instanceof Error ? error.stack : String(error);
  // Exiting at once would lose what a pipe has not taken yet.
  await new Promise((resolve) => process.stderr.write(`blindsplit: ${message}\n`, resolve));
  process.exit(code);
}

async function run(): Promise<void> {
  const request = parseOptions(process.argv.slice(2), process.env);
  if ("print" in request) {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    return say(request.print === "help" ? USAGE : String(version));
  }

  const app = await createApp({
    root: ROOT,
    workingDirectory: process.cwd(),
    execPath: process.execPath,
    options: request.run,
    environment: process.env,
    now: () => performance.now(),
    say,
  });
  // Whatever ends this process while it can still act, nothing it started stays behind.
  process.on("exit", app.kill);

  const asked = Promise.withResolvers<undefined>();
  let askedAt: number | undefined;
  const onSignal = () => {
    if (askedAt === undefined) {
      askedAt = performance.now();
      // Below the ^C that a terminal shows.
      say(`${process.stdout.isTTY ? "\n" : ""}blindsplit: stopping … (again to kill at once)`);
      asked.resolve(undefined);
    } else if (performance.now() - askedAt > SAME_KEY_PRESS_MS) {
      say("blindsplit: killed");
      process.exit(1);
    }
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, onSignal);
  // A terminal that closes sends SIGHUP, some a moment before they are gone: then it cannot mean "reload".
  const onHangUp = () =>
    say(
      app.reload()
        ? "blindsplit: SIGHUP: the gateway reads its configuration again"
        : "blindsplit: SIGHUP is ignored: the gateway is not up",
    );
  process.on("SIGHUP", process.stdin.isTTY ? onSignal : onHangUp);

  let reason: unknown;
  try {
    await Promise.race([app.start().then(() => say(app.readyScreen)), asked.promise]);
    reason = await Promise.race([app.spent, asked.promise]);
  } catch (error) {
    reason = error;
  }
  await app.stop();
  if (reason) await fail(reason, 1);
  say("blindsplit: stopped");
  process.exit(0);
}

// A terminal or a pipe that is gone is no reason to leave children behind.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

run().catch((error: unknown) =>
  fail(error, error instanceof SupervisorError && error.code === "bad_option" ? 2 : 1),
);
