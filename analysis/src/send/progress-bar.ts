import { Presets, SingleBar } from "cli-progress";

export interface ProgressBar {
  /** @param bytes of the file so far */
  update(bytes: number, rows: number, rejected: number): void;
  stop(): void;
}

/** A bar on a terminal, and nothing elsewhere. */
export function createProgressBar(
  stream: NodeJS.WritableStream | undefined,
  totalBytes: number,
): ProgressBar {
  if (stream === undefined) return { update: () => undefined, stop: () => undefined };
  const format = "[{bar}] {percentage} % | {rows} outcomes | {rejected} rejected | {eta_formatted} left";
  // `gracefulExit` would add signal handlers to this process, which belong to `main.ts` alone.
  const bar = new SingleBar({ format, stream, barsize: 20, gracefulExit: false }, Presets.legacy);
  bar.start(totalBytes, 0, { rows: 0, rejected: 0 });
  return {
    update: (bytes, rows, rejected) => bar.update(bytes, { rows, rejected }),
    stop: () => bar.stop(),
  };
}
