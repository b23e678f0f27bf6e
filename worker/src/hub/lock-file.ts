import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { codeOf } from "../error-code.ts";
import { WorkerError } from "../errors.ts";
import { digestSchema } from "./digest.ts";
import { isCommit, isSafeFileName } from "./repository-name.ts";
import { replaceFile } from "./storage.ts";

const entrySchema = z.strictObject({
  revision: z.string().min(1),
  commit: z.string().refine(isCommit, "is no commit of 40 hex digits"),
  files: z.record(z.string().refine(isSafeFileName, "is no file name of a repository"), digestSchema),
});
const lockSchema = z.record(z.string(), entrySchema);

/** One model in the lock file: the commit that a revision means, and the files of it. */
export type LockEntry = z.infer<typeof entrySchema>;
export type Lock = z.infer<typeof lockSchema>;

export const DEFAULT_LOCK_FILE = fileURLToPath(new URL("../../../config/models.lock.json", import.meta.url));

/**
 * @param path undefined for the repository's own, which need not be there.
 * @throws WorkerError `option_invalid` when a file that was named is not there, or a file is none of ours.
 */
export async function readLock(path: string | undefined): Promise<Lock> {
  const file = path ?? DEFAULT_LOCK_FILE;
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const code = codeOf(cause);
    if (path === undefined && code === "ENOENT") return {};
    throw new WorkerError(
      "option_invalid",
      `the lock file ${file} cannot be read (${code}); \`npm run model:lock -- ID --lock ${file}\` writes it`,
      { cause },
    );
  }
  try {
    return lockSchema.parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? cause.issues.map(describe).join("; ") : String(cause);
    throw new WorkerError(
      "option_invalid",
      `${file} is no lock file of models: ${reason}; take it back from version control, or delete it and run \`npm run model:lock -- ID\``,
      { cause },
    );
  }
}

/** Models and files in order, so that two runs write the same bytes. @throws WorkerError `model_download_failed` */
export async function writeLock(path: string, lock: Lock): Promise<void> {
  const sorted = sortKeys(lock, ([, { revision, commit, files }]) => ({
    revision,
    commit,
    files: sortKeys(files, ([, { sha256, size }]) => ({ sha256, size })),
  }));
  await replaceFile(path, `${JSON.stringify(sorted, null, 2)}\n`, `${randomUUID()}.draft`);
}

function sortKeys<Value, Result>(
  record: Readonly<Record<string, Value>>,
  turn: (entry: [string, Value]) => Result,
): Record<string, Result> {
  const entries = Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map((entry) => [entry[0], turn(entry)]));
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join(" → ")}: ${message}`;
}
