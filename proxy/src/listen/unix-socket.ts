import { once } from "node:events";
import { chmod, lstat, unlink } from "node:fs/promises";
import { connect, type Server } from "node:net";

/** The owner and its group may connect. */
const MODE = 0o660;

/**
 * Listens on a unix socket. A file that a process left behind when it died is replaced; node removes ours when the
 * server closes.
 *
 * @throws {NodeJS.ErrnoException} with `address` where the path is in use (`EADDRINUSE`) or cannot be bound
 */
export async function listenOnUnixSocket(server: Server, path: string): Promise<void> {
  await removeStale(path);
  server.listen({ path });
  await once(server, "listening");
  await chmod(path, MODE);
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw inUse(path, "is a file that is no socket; choose another path or remove it");
  if (await answers(path))
    throw inUse(path, "is in use by a running process; stop it or choose another path");
  await unlink(path);
}

function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  // A refused connect says that nobody is there; anything else (no permission, a full queue) does not.
  socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  socket.once("connect", () => {
    socket.destroy();
    resolve(true);
  });
  return promise;
}

function inUse(path: string, why: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`listen.unix: ${path} ${why}`), { code: "EADDRINUSE", address: path });
}
