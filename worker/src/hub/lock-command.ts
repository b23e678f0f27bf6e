import { existsSync } from "node:fs";
import { fetchVersion, type HubDeps } from "./hub-model.ts";
import { type Lock, type LockEntry, readLock, writeLock } from "./lock-file.ts";
import type { LockOptions } from "./lock-options.ts";
import { modelFiles } from "./model-files.ts";

/**
 * Downloads each model and writes its entry; every entry is on the disk before the next download begins.
 * @param say one line for each model.
 * @throws WorkerError as `fetchModel`; nothing is written for a model whose hub gives no answer.
 */
export async function lockModels(
  options: LockOptions,
  deps: HubDeps,
  say: (line: string) => void,
): Promise<void> {
  const { ids, revision, dtypes, input, lockFile, cacheDirectory } = options;
  const wanted = dtypes.map((dtype) => modelFiles(dtype, input));
  for (const id of ids) {
    const { commit, digests } = await fetchVersion(
      {
        id,
        revision,
        files: [...new Set(wanted.flatMap(({ files }) => files))],
        optionalFiles: [...new Set(wanted.flatMap(({ optionalFiles }) => optionalFiles))],
        cacheDirectory,
        lockFile,
        isOffline: false,
        mustAsk: true,
      },
      // What was locked before does not bind who locks anew.
      undefined,
      deps,
    );
    const lock: Lock = existsSync(lockFile) ? await readLock(lockFile) : {};
    const before = Object.hasOwn(lock, id) ? lock[id] : undefined;
    const kept = before?.commit === commit ? before.files : {};
    const entry: LockEntry = { revision, commit, files: { ...kept, ...digests } };
    await writeLock(lockFile, { ...lock, [id]: entry });
    say(
      `${id}: ${revision} is ${commit}, ${Object.keys(entry.files).length} files recorded in ${lockFile}${change(before, entry)}`,
    );
  }
}

function change(before: LockEntry | undefined, after: LockEntry): string {
  if (before === undefined) return "";
  return before.commit === after.commit ? " (the same commit as before)" : ` (it was ${before.commit})`;
}
