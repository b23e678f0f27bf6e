import { styleText } from "node:util";
import { sentences } from "../../../test/support/sentences.ts";
import { CommandError } from "../../../worker/evaluation/command-error.ts";
import { runDemo } from "./demo.ts";
import { parseOptions, USAGE } from "./options.ts";
import { createProgress } from "./progress.ts";
import { renderReport } from "./report.ts";

async function run(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if (options === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  const progress = createProgress(process.stderr);
  const demo = await runDemo({
    ...options,
    sentences,
    onStart: progress.start,
    onProgress: progress.update,
    onSent: progress.stop,
  }).finally(progress.stop);

  // `styleText` looks at the stream: no colours into a pipe or a file, none with NO_COLOR.
  const paint = (style: "bold" | "yellow") => (text: string) =>
    styleText(style, text, { stream: process.stdout });
  process.stdout.write(renderReport(demo, { strong: paint("bold"), warn: paint("yellow") }));
  return demo.traffic.failures.size === 0 ? 0 : 1;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  process.stderr.write(`demo: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
