/*
 * What blindsplit costs beside other proxies in front of the same backend. `npm run bench:proxy -- --help`.
 */

import { userInfo } from "node:os";
import { join } from "node:path";
import { reportFailure } from "../../../worker/evaluation/command-error.ts";
import { Children } from "../../load/support/children.ts";
import { runBench } from "./bench.ts";
import { HELP, parseOptions } from "./options.ts";

const ROOT = join(import.meta.dirname, "../../..");
const children = new Children();
process.once("exit", () => children.kill());
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(HELP);
  else {
    const say = (line: string) => void process.stderr.write(`${line}\n`);
    const print = (text: string) => void process.stdout.write(text);
    const user = process.getuid?.() === 0 ? userInfo().username : undefined;
    const node = process.execPath;
    const reached = await runBench({
      options,
      children,
      root: ROOT,
      node,
      user,
      env: { PATH: process.env.PATH },
      say,
      print,
    });
    process.exitCode = reached ? 0 : 1;
  }
} catch (error) {
  process.exitCode = reportFailure("bench:proxy", error, process.stderr);
} finally {
  await children.stop();
}
