import { mkdir, rename, rm, statfs, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "../error-code.ts";
import { WorkerError } from "../errors.ts";

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space, or set model_cache to a directory on another disk",
  EDQUOT: "the disk quota is used up; free some space, or set model_cache to a directory on another disk",
  EACCES: "this user may not write there; change its owner, or set model_cache to another directory",
  EPERM: "this user may not write there; change its owner, or set model_cache to another directory",
  EROFS: "it is read-only; set model_cache to a directory that can be written to",
  ENOTDIR: "a part of the path is a file; set model_cache to another directory",
  EFBIG: "files of this size are not allowed there; set model_cache to another directory",
};

/** What the file system refused → an error with its remedy; everything else as it came. */
export function asStorageError(path: string, cause: unknown): unknown {
  const code = codeOf(cause);
  const remedy = REMEDIES[code];
  if (remedy === undefined) return cause;
  return new WorkerError("model_download_failed", `cannot write ${path} (${code}): ${remedy}`, { cause });
}

/** @throws WorkerError `model_download_failed` */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw asStorageError(path, cause);
  }
}

/** Whole or not at all: readers see the old file or the new one. @throws WorkerError `model_download_failed` */
export async function replaceFile(path: string, text: string, unique: string): Promise<void> {
  await makeDirectory(dirname(path));
  const draft = `${path}.${unique}`;
  try {
    await writeFile(draft, text, { flush: true });
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => {});
    throw asStorageError(path, cause);
  }
}

/** For other processes, and for the log and the model's own files beside the download. */
const RESERVE_BYTES = 16 * 1024 * 1024;

/** Bytes that this user may still write below a directory. */
export type FreeBytes = (directory: string) => Promise<number>;

export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** @throws WorkerError `model_download_failed` when `neededBytes` do not fit into what the directory's disk has free. */
export async function checkSpace(directory: string, neededBytes: number, free: FreeBytes): Promise<void> {
  const available = await free(directory);
  if (neededBytes + RESERVE_BYTES <= available) return;
  throw new WorkerError(
    "model_download_failed",
    `the download needs ${megabytes(neededBytes + RESERVE_BYTES)} MB in ${directory}, and ${megabytes(available)} MB are free: ` +
      "free some space, or set model_cache to a directory on another disk",
  );
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
