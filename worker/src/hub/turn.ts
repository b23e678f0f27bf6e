import { stat, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { WorkerError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { HubLimits } from "./limits.ts";
import { asStorageError, makeDirectory } from "./storage.ts";

/** The right to write into one repository of the cache. */
export interface Turn {
  end(): void;
}

export interface TurnOptions {
  readonly lockPath: string;
  /** For messages. */
  readonly id: string;
  readonly log: Log;
  readonly limits: HubLimits;
  readonly signal: AbortSignal;
}

const SQLITE_BUSY = 5;

/**
 * Waits until no other process writes there.
 *
 * The lock is SQLite's on an empty database, so the operating system's own: it ends with its process, however that
 * ends, and neither a leftover file nor a pid of another container can hold it. A process that hangs alive does hold
 * it; that shows in the lock file's time, which who has the turn renews.
 * @throws WorkerError `model_download_failed` when the process that has it hangs, or the file system has no locks.
 */
export async function takeTurn(options: TurnOptions): Promise<Turn> {
  const { lockPath, id, log, limits, signal } = options;
  await makeDirectory(dirname(lockPath));
  let seen = { timeMs: Number.NaN, atMs: performance.now() };
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    const turn = tryTurn(lockPath, limits.heartbeatMs);
    if (turn !== undefined) {
      if (Number.isFinite(reportedAtMs)) log.info({ model: id }, "the other process is done with the model");
      return turn;
    }
    const nowMs = performance.now();
    const timeMs = (await stat(lockPath).catch(() => undefined))?.mtimeMs ?? Number.NaN;
    if (timeMs !== seen.timeMs) seen = { timeMs, atMs: nowMs };
    if (nowMs - seen.atMs > limits.hungMs) throw hung(id, lockPath, limits.hungMs);
    if (nowMs - reportedAtMs >= limits.reportMs) {
      reportedAtMs = nowMs;
      log.warn({ model: id, lock: lockPath }, `another process downloads ${id}; waiting for it`);
    }
    await pause(limits.pollMs, undefined, { signal });
  }
}

/** Undefined while another has it. */
function tryTurn(lockPath: string, heartbeatMs: number): Turn | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(lockPath, { timeout: 0 });
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database?.close();
    if (cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_BUSY) return undefined;
    throw noLock(lockPath, cause);
  }
  const held = database;
  // By path: opening and closing the file once more in this process would end the lock (fcntl(2)).
  const beat = () => void utimes(lockPath, new Date(), new Date()).catch(() => {});
  beat();
  const heartbeat = setInterval(beat, heartbeatMs).unref();
  return {
    end() {
      clearInterval(heartbeat);
      held.close();
    },
  };
}

function noLock(lockPath: string, cause: unknown): unknown {
  const translated = asStorageError(lockPath, cause);
  if (translated !== cause) return translated;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new WorkerError(
    "model_download_failed",
    `cannot lock ${lockPath} (${reason}): this user may not write there, or the file system has no locks; set model_cache to another directory`,
    { cause },
  );
}

function hung(id: string, lockPath: string, hungMs: number): WorkerError {
  return new WorkerError(
    "model_download_failed",
    `another process has ${id} in the cache and gave no sign of life for ${hungMs / 1000} s: ` +
      `end it (\`fuser ${lockPath}\` names it), or set model_cache to another directory`,
  );
}
