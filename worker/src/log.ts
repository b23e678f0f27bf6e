import { type DestinationStream, type Logger, pino } from "pino";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type Log = Logger;

/**
 * JSON lines, on stdout unless a destination is given. What may be logged: names, paths, numbers, codes and
 * stacks. What may not: a text, a request body, a unit id.
 */
export function createLog(level: LogLevel, name: string, destination?: DestinationStream): Log {
  const options = {
    level,
    base: { tier: "worker", model_version: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    // pino's own appends the message of every cause to the error's, which says already what is wrong and what to do.
    serializers: { err: pino.stdSerializers.errWithCause },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  // Synchronous: the lines that explain why a process ends must be out before it ends.
  return pino(options, destination ?? pino.destination({ dest: 1, sync: true }));
}
