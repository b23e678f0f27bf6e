import { createHash } from "node:crypto";
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
  /** Which lock file says so; undefined where the hub does. */
  readonly lockFile?: string | undefined;
}

/** @throws the file system's error, such as ENOENT. */
export async function digestOf(path: string, signal: AbortSignal): Promise<Digest> {
  const hash = createHash("sha256");
  let size = 0;
  const source = createReadStream(path, { highWaterMark: 1024 * 1024 });
  source.on("data", (chunk) => {
    size += chunk.length;
  });
  await pipeline(source, hash, { signal });
  return { sha256: hash.digest("hex"), size };
}

/** What was expected and what was found, where they differ; undefined where the file is right, or nothing is known of it. */
export function difference(found: Digest, { sha256, size }: Expected): string | undefined {
  if (sha256 !== undefined && found.sha256 !== sha256)
    return `SHA-256 ${sha256} is due, ${found.sha256} was found`;
  if (size !== undefined && found.size !== size) return `${size} bytes are due, ${found.size} were found`;
  return undefined;
}
