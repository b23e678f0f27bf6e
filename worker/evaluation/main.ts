import { writeFile } from "node:fs/promises";
import { measureBaseline, saveBaseline } from "./baseline.ts";
import { CommandError, failureCode, reportFailure } from "./command-error.ts";
import { createEndpoint } from "./endpoint.ts";
import { type Evaluated, type Evaluation, evaluate } from "./evaluation.ts";
import { startLocalWorker } from "./local-worker.ts";
import { parseOptions, USAGE } from "./options.ts";
import { createPaint } from "./paint.ts";
import { createProgress } from "./progress.ts";
import { renderReport } from "./report.ts";

async function run(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if (options === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  const progress = createProgress(process.stderr, "texts");
  const local =
    options.model === undefined
      ? undefined
      : await startLocalWorker(options.model, process.cwd(), {
          environment: process.env,
          terminal: process.stderr,
        });
  const endpoint = createEndpoint(local?.url ?? options.url);
  let evaluated: Evaluated;
  try {
    evaluated = await evaluate(endpoint, {
      data: options.data,
      limit: options.limit,
      concurrency: options.concurrency,
      onStart: progress.start,
      onProgress: progress.update,
    });
  } finally {
    progress.stop();
    await local?.stop();
  }

  const { evaluation, traffic } = evaluated;
  process.stdout.write(renderReport(evaluation, createPaint(process.stdout)));
  if (options.json !== undefined) await saveResult(options.json, evaluation);
  if (options.baseline !== undefined) {
    const { answered, worker } = evaluation;
    if (evaluation.failed > 0) {
      const problem = `no baseline can be made: ${evaluation.failed} of the texts got no answer, and those that got one are no fair sample`;
      throw new CommandError("baseline_impossible", problem);
    }
    const baseline = await measureBaseline({ file: options.data, answered, worker, traffic });
    await saveBaseline(options.baseline, baseline);
  }
  return evaluation.failed === 0 ? 0 : 1;
}

async function saveResult(file: string, evaluation: Evaluation): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(evaluation, null, 2)}\n`);
  } catch (cause) {
    const problem = `cannot write ${file} (${failureCode(cause)}): check the path given to --json`;
    throw new CommandError("json_unwritable", problem, { cause });
  }
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.exitCode = reportFailure("evaluate", error, process.stderr);
}
