import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { codeOf, StateError } from "./state-error.ts";

/** A lock that was not touched for so long is of a judge that is gone. */
const STALE_MS = 30_000;
const TOUCH_MS = 5_000;
/** Two that both find a stale lock take it one after the other; whoever was first sees it now. */
const SETTLE_MS = 50;

const schema = z.object({ id: z.string(), host: z.string(), pid: z.number().int() });

/** This process among those of its machine. */
export interface OwnProcess {
  readonly pid: number;
  isRunning(pid: number): boolean;
}

/** Another judge has the state file by now, and goes on with it. */
export class LockLost extends Error {
  override readonly name = "LockLost";
}

export interface StateLock {
  /** @throws LockLost where it is another judge's by now: this one was suspended for long */
  check(): Promise<void>;
  release(): Promise<void>;
}

/** One judge for one state file, on any machine that shares it. @throws StateError where another one has it */
export async function lockState(state: string, own: OwnProcess): Promise<StateLock> {
  try {
    await mkdir(dirname(state), { recursive: true });
    return await acquireLock(`${state}.lock`, own);
  } catch (error) {
    if (error instanceof StateError) throw error;
    throw new StateError(
      `the state file ${state} cannot be locked: ${(error as Error).message}; name another with --state`,
      { cause: error },
    );
  }
}

async function acquireLock(file: string, { pid, isRunning }: OwnProcess): Promise<StateLock> {
  const own = { id: randomUUID(), host: hostname(), pid };
  await create(file, own, isRunning);
  const isHeld = async () => (await readHolder(file))?.id === own.id;
  const touch = async () => {
    const now = new Date();
    if (await isHeld()) await utimes(file, now, now).catch(() => undefined);
  };
  const timer = setInterval(() => void touch(), TOUCH_MS).unref();
  return {
    async check() {
      if (!(await isHeld()))
        throw new LockLost(`another judge has taken over the state file; ${file} is its lock`);
    },
    async release() {
      clearInterval(timer);
      if (await isHeld()) await rm(file, { force: true });
    },
  };
}

type Holder = z.infer<typeof schema>;

async function create(file: string, own: Holder, isRunning: OwnProcess["isRunning"]): Promise<void> {
  const text = JSON.stringify(own);
  try {
    await writeFile(file, text, { flag: "wx" });
    return;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  const holder = await readHolder(file);
  if (holder !== undefined && (await isAlive(file, holder, own, isRunning)))
    throw new StateError(
      `another judge (process ${holder.pid} on ${holder.host}) keeps its state in the same file: stop it, or name another with --state; ${file} is its lock`,
    );
  const temporary = `${file}.${own.id}`;
  await writeFile(temporary, text);
  await rename(temporary, file);
  await pause(SETTLE_MS);
  if ((await readHolder(file))?.id !== own.id)
    throw new StateError(`another judge has just taken the same state file; ${file} is its lock`);
}

async function isAlive(
  file: string,
  holder: Holder,
  own: Holder,
  isRunning: OwnProcess["isRunning"],
): Promise<boolean> {
  // The first process of a container has the same number at every start.
  if (holder.host === own.host && (holder.pid === own.pid || !isRunning(holder.pid))) return false;
  const touched = await stat(file).catch(() => undefined);
  return touched !== undefined && Date.now() - touched.mtimeMs < STALE_MS;
}

/** Undefined where there is none, or half of one. */
async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return undefined;
  }
}
