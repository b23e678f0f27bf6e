import { codeOf } from "../error-code.ts";
import { WorkerError } from "../errors.ts";
import type { RepositoryCache } from "./cache.ts";
import type { HubContext } from "./context.ts";
import { type Digest, difference, type Expected, examine } from "./digest.ts";
import { downloadFile } from "./file-download.ts";
import { PartialFile } from "./partial-file.ts";
import { checkSpace, makeDirectory } from "./storage.ts";
import { takeTurn } from "./turn.ts";
import type { Version } from "./version.ts";

/** A file of the cache as it is: right, wrong (with what is), or not there (undefined). */
type Finding =
  | { readonly kind: "right"; readonly digest: Digest }
  | { readonly kind: "wrong"; readonly why: string }
  | { readonly kind: "missing" };

/**
 * Checks every wanted file of a version by its bytes, and downloads what is missing or wrong.
 * @throws WorkerError `model_download_failed`, `model_hash_mismatch`, or offline `model_file_missing`
 */
export async function completeModel(
  version: Version,
  cache: RepositoryCache,
  hub: HubContext,
): Promise<Readonly<Record<string, Digest>>> {
  const findings = await inspectAll(version, cache, hub);
  const digests = rightOnes(findings);
  if (digests !== undefined) return digests;
  if (version.isOffline) throw unusable(version, findings, cache);

  const { id } = version;
  const turn = await takeTurn({
    lockPath: cache.lockPath,
    id,
    log: hub.log,
    limits: hub.limits,
    signal: hub.signal,
  });
  try {
    // Anew: another process may have brought some of it while this one waited.
    return await downloadWhatIsNotRight(version, await inspectAll(version, cache, hub), cache, hub);
  } finally {
    turn.end();
  }
}

async function downloadWhatIsNotRight(
  version: Version,
  findings: ReadonlyMap<string, Finding>,
  cache: RepositoryCache,
  hub: HubContext,
): Promise<Readonly<Record<string, Digest>>> {
  const { id, revision, commit, wanted } = version;
  await makeDirectory(cache.of(commit));
  const digests: Record<string, Digest> = {};
  let neededBytes = 0;
  for (const [file, expected] of wanted) {
    if (findings.get(file)?.kind === "right") continue;
    const here = (await new PartialFile(cache.pathOf(commit, file)).read())?.bytes ?? 0;
    neededBytes += Math.max(0, (expected.size ?? 0) - here);
  }
  // Before the first byte: a disk that is full at the fifth minute is a disk that was too small at the first.
  if (neededBytes > 0) await checkSpace(cache.of(commit), neededBytes, hub.freeBytes);
  for (const [file, expected] of wanted) {
    const finding = findings.get(file);
    if (finding?.kind === "right") {
      digests[file] = finding.digest;
      continue;
    }
    if (finding?.kind === "wrong") {
      hub.log.warn(
        { model: id, file, why: finding.why },
        `${file} in the cache is wrong; it is downloaded anew`,
      );
      await cache.remove(commit, file);
    }
    digests[file] = await downloadFile({ id, revision, commit, file, expected }, cache, hub);
  }
  return digests;
}

async function inspectAll(
  { commit, wanted }: Version,
  cache: RepositoryCache,
  hub: HubContext,
): Promise<ReadonlyMap<string, Finding>> {
  const record = await cache.readRecord(commit);
  const findings = new Map<string, Finding>();
  for (const [file, expected] of wanted) {
    const recorded = Object.hasOwn(record, file) ? record[file] : undefined;
    findings.set(file, await inspect(cache.pathOf(commit, file), expected, recorded, hub.signal));
  }
  return findings;
}

async function inspect(
  path: string,
  expected: Expected,
  recorded: Digest | undefined,
  signal: AbortSignal,
): Promise<Finding> {
  try {
    const { digest, flaw } = await examine(path, expected, signal);
    const why = flaw ?? (recorded === undefined ? undefined : difference(digest, recorded));
    return why === undefined ? { kind: "right", digest } : { kind: "wrong", why };
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(cause))) return { kind: "missing" };
    signal.throwIfAborted();
    throw new WorkerError(
      "model_file_missing",
      `${path} is in the cache and cannot be read (${cause instanceof Error ? cause.message : cause}); change its owner, or set model_cache to another directory`,
      { cause },
    );
  }
}

/** All digests, or undefined where any file is not right. */
function rightOnes(findings: ReadonlyMap<string, Finding>): Readonly<Record<string, Digest>> | undefined {
  const digests: Record<string, Digest> = {};
  for (const [file, finding] of findings) {
    if (finding.kind !== "right") return undefined;
    digests[file] = finding.digest;
  }
  return digests;
}

function unusable(
  { id, commit }: Version,
  findings: ReadonlyMap<string, Finding>,
  cache: RepositoryCache,
): WorkerError {
  for (const [file, finding] of findings) {
    if (finding.kind !== "wrong") continue;
    return new WorkerError(
      "model_hash_mismatch",
      `${cache.pathOf(commit, file)} is not the file of ${id} that it should be: ${finding.why}; start once without offline, which downloads it anew`,
    );
  }
  const missing = [...findings].filter(([, { kind }]) => kind === "missing").map(([file]) => file);
  return new WorkerError(
    "model_file_missing",
    `${missing.join(", ")} of ${id} (commit ${commit}) is not in the cache ${cache.of(commit)}, and offline is set; ` +
      "start once without it, or copy the cache of a machine that has the model",
  );
}
