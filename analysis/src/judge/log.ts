import { pino } from "pino";
import type { Log } from "../../../proxy/src/log.ts";

/** JSON lines on a file descriptor. Never a variant's name: whoever operates a blind experiment reads them too. */
export function createLog(level: string, descriptor: number): Log {
  const options = {
    level,
    base: { tier: "judge" },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  // As the gateway's: asynchronous writing never ends when the pipe's reader is gone.
  return pino(options, pino.destination({ dest: descriptor, sync: true }));
}
