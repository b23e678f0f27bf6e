import { type DestinationStream, type Logger, pino } from "pino";

export type Log = Logger;

/**
 * JSON lines on stdout (or `destination`). Never an id, a text or a cookie: callers pass only
 * configuration, counts and errors.
 */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = {
    level,
    base: { tier: "proxy" },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  // Asynchronous writing repeats a failed flush for ever when the pipe's reader is gone, and the process never ends.
  return pino(options, destination ?? pino.destination({ dest: 1, sync: true }));
}
