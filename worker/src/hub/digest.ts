import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import * as z from "zod";

export const digestSchema = z.strictObject({
  /** 64 hex digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Bytes. */
  size: z.int().nonnegative(),
});
export type Digest = z.infer<typeof digestSchema>;

/** What is known of a file before it is here. */
export interface Expected {
  readonly sha256?: string | undefined;
  readonly size?: number | undefined;
  /** SHA-1 by which git names its bytes, 40 hex digits. */
  readonly blobId?: string | undefined;
  /** Which lock file says so; undefined where the hub does. */
  readonly lockFile?: string | undefined;
}

async function digestOf(path: string, signal: AbortSignal): Promise<Digest> {
  const { hex, size } = await hashFile(createHash("sha256"), path, signal);
  return { sha256: hex, size };
}

/**
 * A file's digest, and what was expected and what was found instead, where they differ.
 * @throws the file system's error, such as ENOENT.
 */
export async function examine(
  path: string,
  expected: Expected,
  signal: AbortSignal,
): Promise<{ readonly digest: Digest; readonly flaw: string | undefined }> {
  const digest = await digestOf(path, signal);
  return { digest, flaw: difference(digest, expected) ?? (await otherBlob(path, digest, expected, signal)) };
}

async function otherBlob(
  path: string,
  { size }: Digest,
  { blobId }: Expected,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (blobId === undefined) return undefined;
  // https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
  const { hex } = await hashFile(createHash("sha1").update(`blob ${size}\0`), path, signal);
  return hex === blobId ? undefined : `git's SHA-1 ${blobId} is due, ${hex} was found`;
}

async function hashFile(
  hash: Hash,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly hex: string; readonly size: number }> {
  let size = 0;
  const source = createReadStream(path, { highWaterMark: 1024 * 1024 });
  source.on("data", (chunk) => {
    size += chunk.length;
  });
  await pipeline(source, hash, { signal });
  return { hex: hash.digest("hex"), size };
}

/** What was expected and what was found, where they differ; undefined where the file is right, or nothing is known of it. */
export function difference(found: Digest, { sha256, size }: Expected): string | undefined {
  if (sha256 !== undefined && found.sha256 !== sha256)
    return `SHA-256 ${sha256} is due, ${found.sha256} was found`;
  if (size !== undefined && found.size !== size) return `${size} bytes are due, ${found.size} were found`;
  return undefined;
}
