import { once } from "node:events";
import { stat, unlink } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { JournalError } from "./journal-error.ts";

/** A unix socket's path is cut at 108 bytes by Linux, at 104 by macOS. */
const LONGEST_PATH = 103;
const PROBE_MS = 1_000;
/** Between a probe and taking its place another process may come, but not so often. */
const ATTEMPTS = 3;

export interface FileLock {
  /** Whether it is still ours: whoever removes its file lets another process in. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * Keeps a second process of this machine from the same file: a unix socket beside it that accepts connections for as long
 * as its owner lives, however it ends. A file with a process id could not tell containers apart, which share a folder and
 * no processes.
 *
 * @throws JournalError while another process has it
 */
export async function lockFile(file: string): Promise<FileLock> {
  const path = `${file}.lock`;
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw new JournalError(
      `${file} (outcomes.journal) has a path of ${Buffer.byteLength(file)} bytes, with which its lock cannot be made: the most is ${LONGEST_PATH - 5}, name a shorter one`,
    );
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const server = await listen(path);
    if (server !== undefined) return lockOf(server, path, (await stat(path)).ino);
    if (await isAnswered(path))
      throw new JournalError(
        `${file} (outcomes.journal) is in use by another process: stop that one, or give each its own file`,
      );
    await unlink(path).catch(() => undefined);
  }
  throw new JournalError(`${path} cannot be taken: several processes start with one outcomes.journal`);
}

function lockOf(server: Server, path: string, inode: number): FileLock {
  return {
    async isHeld() {
      try {
        return (await stat(path)).ino === inode;
      } catch {
        return false;
      }
    },
    async release() {
      server.close();
      await once(server, "close");
    },
  };
}

/** Undefined where the path is there already. */
async function listen(path: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.unref().listen(path);
  try {
    await once(server, "listening");
    return server;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") return undefined;
    throw new JournalError(
      `${path} cannot be made: ${message}; name a journal in a folder of this machine that this user may write to`,
    );
  }
}

/** Whether a process listens there; a socket whose process has ended refuses. */
async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  // A process that is stopped accepts nothing, and lives.
  socket.setTimeout(PROBE_MS, () => resolve(true));
  const answered = await promise;
  socket.destroy();
  return answered;
}
