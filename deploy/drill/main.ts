import { randomUUID } from "node:crypto";
import { runDrill } from "./drill.ts";
import { DrillError, type DrillErrorCode } from "./errors.ts";
import { readOptions } from "./options.ts";

const FAILED = 1;
const STATUSES: Partial<Record<DrillErrorCode, number>> = { bad_option: 2, not_provable: 3 };
const INTERRUPTED = 130;

async function run(): Promise<void> {
  const request = readOptions(process.argv.slice(2));
  if ("print" in request) {
    process.stdout.write(request.print);
    return;
  }
  const interruption = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interruption.abort());
  try {
    await runDrill(request.run, {
      say: (text) => process.stdout.write(`${text}\n`),
      now: Date.now,
      run: randomUUID(),
      interrupted: interruption.signal,
    });
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    process.stderr.write("blindsplit: interrupted; the test alert was ended\n");
    process.exitCode = INTERRUPTED;
  }
}

run().catch((error: unknown) => {
  const isExpected = error instanceof DrillError;
  const message = isExpected ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`blindsplit: ${message}\n`);
  process.exitCode = (isExpected && STATUSES[error.code]) || FAILED;
});
