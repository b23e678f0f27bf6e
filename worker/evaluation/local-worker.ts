import { createApp } from "../src/app.ts";
import { WorkerError } from "../src/errors.ts";
import { readCommand } from "../src/options.ts";
import { CommandError } from "./command-error.ts";

export interface LocalWorker {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a worker from a model directory in this process, with the defaults a worker has by itself, on a free port. */
export async function startLocalWorker(
  modelDirectory: string,
  workingDirectory: string,
): Promise<LocalWorker> {
  const argv = ["--name", "evaluated", "--model", modelDirectory, "--port", "0", "--log-level", "silent"];
  try {
    // No environment: BLINDSPLIT_ variables meant for another worker must not change what is measured.
    const command = readCommand(argv, { environment: {}, workingDirectory });
    if (command.kind !== "serve") throw new TypeError(`no worker command: ${command.kind}`);
    const app = createApp(command.options);
    await app.start();
    const { host, port } = app.address();
    return { url: `http://${host}:${port}`, stop: () => app.stop() };
  } catch (cause) {
    if (!(cause instanceof WorkerError)) throw cause;
    throw new CommandError(
      "model_unusable",
      `cannot start a worker from ${modelDirectory}: ${cause.message}`,
      { cause },
    );
  }
}
