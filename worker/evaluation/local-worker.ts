import { createApp, type WorkerDeps } from "../src/app.ts";
import { WorkerError } from "../src/errors.ts";
import { readCommand } from "../src/options.ts";
import { CommandError } from "./command-error.ts";
import type { LocalModel } from "./options.ts";

export interface LocalWorker {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a worker in this process, with the defaults a worker has by itself, on a free port.
 * @param hub where a model of the hub comes from, and where the progress of its download is shown.
 */
export async function startLocalWorker(
  { model, flags }: LocalModel,
  workingDirectory: string,
  hub: Pick<WorkerDeps, "environment" | "terminal"> = {},
): Promise<LocalWorker> {
  const fixed = ["--name", "evaluated", "--port", "0", "--log-level", "silent"];
  try {
    // No environment: BLINDSPLIT_ variables meant for another worker must not change what is measured.
    const command = readCommand(["--model", model, ...fixed, ...flags], {
      environment: {},
      workingDirectory,
    });
    if (command.kind !== "serve") throw new TypeError(`no worker command: ${command.kind}`);
    const app = createApp(command.options, hub);
    await app.start();
    const { host, port } = app.address();
    return { url: `http://${host}:${port}`, stop: () => app.stop() };
  } catch (cause) {
    if (!(cause instanceof WorkerError)) throw cause;
    throw new CommandError("model_unusable", `cannot start a worker from ${model}: ${cause.message}`, {
      cause,
    });
  }
}
