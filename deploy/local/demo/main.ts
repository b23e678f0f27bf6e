import { sentences } from "../../../test/support/sentences.ts";
import { reportFailure } from "../../../worker/evaluation/command-error.ts";
import { createPaint } from "../../../worker/evaluation/paint.ts";
import { createProgress } from "../../../worker/evaluation/progress.ts";
import { runDemo } from "./demo.ts";
import { parseOptions, USAGE } from "./options.ts";
import { renderReport } from "./report.ts";

async function run(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if (options === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  const progress = createProgress(process.stderr, "requests");
  const demo = await runDemo({
    ...options,
    sentences,
    onStart: progress.start,
    onProgress: progress.update,
    onSent: progress.stop,
  }).finally(progress.stop);

  process.stdout.write(renderReport(demo, createPaint(process.stdout)));
  return demo.traffic.failures.size === 0 ? 0 : 1;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.exitCode = reportFailure("demo", error, process.stderr);
}
