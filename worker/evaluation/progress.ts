import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  start(total: number): void;
  update(done: number, failed: number): void;
  stop(): void;
}

/** A bar of `what` ("texts") on a terminal, nothing elsewhere. `stream` is standard error: the report can be piped. */
export function createProgress(stream: NodeJS.WritableStream, what: string): Progress {
  const format = `[{bar}] {percentage} % | {value}/{total} ${what} | {failed} failed | {eta_formatted} left`;
  // `gracefulExit` would add signal handlers to this process, which belong to `main.ts` alone.
  const bar = new SingleBar(
    { format, stream, barsize: 20, etaBuffer: 200, gracefulExit: false },
    Presets.legacy,
  );
  return {
    start: (total) => bar.start(total, 0, { failed: 0 }),
    update: (done, failed) => bar.update(done, { failed }),
    stop: () => bar.stop(),
  };
}
