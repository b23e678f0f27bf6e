/*
 * What a prediction costs in blindsplit's worker beside other servers of the same model. `npm run bench:worker -- --help`.
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { CommandError, reportFailure } from "../../../worker/evaluation/command-error.ts";
import { Children } from "../../load/support/children.ts";
import { runBench } from "./bench.ts";
import { HELP, parseOptions } from "./options.ts";

const ROOT = join(import.meta.dirname, "../../..");
const children = new Children();
process.once("exit", () => children.kill());
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

try {
  const options = parseOptions(process.argv.slice(2), ROOT);
  if (options === undefined) process.stdout.write(HELP);
  else {
    if (spawnSync("which", ["taskset"]).status !== 0)
      throw new CommandError("missing_tools", "not installed: taskset; run apt-get install util-linux");
    const reached = await runBench({
      ...{ options, children, root: ROOT, node: process.execPath, nodeVersion: process.version },
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ORT_DISABLE_TELEMETRY: "1" },
      say: (line) => void process.stderr.write(`${line}\n`),
      print: (text) => void process.stdout.write(text),
    });
    process.exitCode = reached ? 0 : 1;
  }
} catch (error) {
  process.exitCode = reportFailure("bench:worker", error, process.stderr);
} finally {
  await children.stop();
}
