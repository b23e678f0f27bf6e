import { totalmem } from "node:os";
import { posix } from "node:path";
import { findControlGroups, type ReadText, readText } from "./control-groups.ts";

const FILES = { 1: "memory.limit_in_bytes", 2: "memory.max" } as const;

/**
 * Memory that this process may use, in bytes: the least of its control groups' limits (v1 and v2) and the machine's
 * memory.
 *
 * A limit binds all groups below the one that has it. `process.constrainedMemory()` reads the process's own group
 * alone in most releases of libuv (src/unix/linux.c), and so misses one set on a parent, as systemd slices and the
 * pods of Kubernetes have; and it says "none" where the own group lacks memory.high.
 */
export function readMemoryLimit(read: ReadText = readText, machineBytes = totalmem()): number {
  const limits = findControlGroups("memory", read).map(({ version, directory }) =>
    parseBytes(read(posix.join(directory, FILES[version]))),
  );
  return Math.min(machineBytes, ...limits);
}

/** "max" is version 2's word for none; version 1 writes a number above any machine's memory. */
function parseBytes(text: string | undefined): number {
  return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
}
