import { Presets, SingleBar } from "cli-progress";
import type { Log } from "../log.ts";
import { megabytes } from "./storage.ts";

/** How far the download of one file is. */
export interface Progress {
  /**
   * Also for a file that goes on after a break.
   * @param totalBytes undefined where the server does not say.
   * @param hereBytes that need not come any more.
   */
  begin(file: string, totalBytes: number | undefined, hereBytes: number): void;
  advance(bytes: number): void;
  /** Safe to call again. */
  end(): void;
}

/** What a bar is drawn on: standard error. */
export type Terminal = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** One file on its way. */
interface Journey {
  readonly file: string;
  readonly totalBytes: number | undefined;
  readonly resumedBytes: number;
  readonly begunAtMs: number;
  receivedBytes: number;
  saidAtMs: number;
}

/** What is said of a journey. */
interface Figures {
  readonly file: string;
  readonly receivedBytes: number;
  readonly totalBytes: number | undefined;
  readonly resumedBytes: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | undefined;
}

/** A bar on a terminal; elsewhere a line of log every `reportMs`, and one at the end of each file. */
export function createProgress(
  terminal: Terminal | undefined,
  log: Log,
  reportMs: number,
  now: () => number = () => performance.now(),
): Progress {
  const bar = terminal?.isTTY === true ? createBar(terminal) : undefined;
  let journey: Journey | undefined;
  const progress: Progress = {
    begin(file, totalBytes, hereBytes) {
      progress.end();
      const begunAtMs = now();
      journey = {
        file,
        totalBytes,
        resumedBytes: hereBytes,
        begunAtMs,
        receivedBytes: hereBytes,
        saidAtMs: begunAtMs,
      };
      if (hereBytes > 0) log.info(figuresOf(journey, begunAtMs), "going on with a download that broke off");
      bar?.begin(figuresOf(journey, begunAtMs));
    },
    advance(bytes) {
      if (journey === undefined) return;
      journey.receivedBytes += bytes;
      const nowMs = now();
      if (bar !== undefined) bar.show(figuresOf(journey, nowMs));
      else if (nowMs - journey.saidAtMs >= reportMs) {
        journey.saidAtMs = nowMs;
        log.info(figuresOf(journey, nowMs), "downloading");
      }
    },
    end() {
      if (journey === undefined) return;
      bar?.end();
      const { receivedBytes, totalBytes } = journey;
      const isWhole = totalBytes === undefined || receivedBytes >= totalBytes;
      log.info(figuresOf(journey, now()), isWhole ? "downloaded" : "download broke off");
      journey = undefined;
    },
  };
  return progress;
}

function figuresOf(journey: Journey, nowMs: number): Figures {
  const { file, totalBytes, receivedBytes, resumedBytes, begunAtMs } = journey;
  const seconds = (nowMs - begunAtMs) / 1000;
  const bytesPerSecond = seconds > 0 ? Math.round((receivedBytes - resumedBytes) / seconds) : 0;
  const secondsLeft =
    totalBytes === undefined || bytesPerSecond === 0
      ? undefined
      : Math.max(0, Math.ceil((totalBytes - receivedBytes) / bytesPerSecond));
  return { file, receivedBytes, totalBytes, resumedBytes, bytesPerSecond, secondsLeft };
}

function createBar(stream: Terminal) {
  const format = "{file} [{bar}] {percentage} % | {amount} | {speed} | {left}";
  // `gracefulExit` would add signal handlers to this process, which belong to `main.ts` alone.
  const bar = new SingleBar({ format, stream, barsize: 20, gracefulExit: false }, Presets.legacy);
  const payload = ({ file, receivedBytes, totalBytes, bytesPerSecond, secondsLeft }: Figures) => ({
    file,
    amount: `${megabytes(receivedBytes)}${totalBytes === undefined ? "" : ` of ${megabytes(totalBytes)}`} MB`,
    speed: `${megabytes(bytesPerSecond)} MB/s`,
    left: secondsLeft === undefined ? "…" : `${secondsLeft} s left`,
  });
  return {
    begin: (figures: Figures) => bar.start(figures.totalBytes || 1, figures.receivedBytes, payload(figures)),
    show: (figures: Figures) => bar.update(figures.receivedBytes, payload(figures)),
    end: () => bar.stop(),
  };
}
