import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";

const LISTENING = "0A";

/** Socket inodes that listen on `port`, from the kernel's own table (proc(5): local_address is hex, st 0A). */
function listeningInodes(table: string, port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  return table.split("\n").flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    return local?.endsWith(`:${hexPort}`) && state === LISTENING && inode ? [inode] : [];
  });
}

async function ownsSocket(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
    if (sockets.has(target)) return true;
  }
  return false;
}

/** "node (pid 4711)", or undefined where that cannot be known cheaply: another user's process, no /proc. */
export async function portOwner(port: number): Promise<string | undefined> {
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((file) => readFile(file, "utf8").catch(() => "")),
  );
  const sockets = new Set(
    tables.flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`),
  );
  if (sockets.size === 0) return undefined;
  const entries = await readdir("/proc").catch(() => []);
  for (const pid of entries.filter((entry) => /^\d+$/.test(entry))) {
    if (!(await ownsSocket(pid, sockets))) continue;
    const program = await readlink(`/proc/${pid}/exe`).catch(() => "a process");
    return `${basename(program)} (pid ${pid})`;
  }
  return undefined;
}
