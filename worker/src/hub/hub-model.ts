import { WorkerError } from "../errors.ts";
import type { Log } from "../log.ts";
import { defaultCacheDirectory, RepositoryCache } from "./cache.ts";
import { HubConnection } from "./connection.ts";
import type { HubContext } from "./context.ts";
import type { Digest } from "./digest.ts";
import { type Environment, isOfflineByEnvironment, readEndpoint } from "./endpoint.ts";
import { HUB_LIMITS, type HubLimits } from "./limits.ts";
import { DEFAULT_LOCK_FILE, type LockEntry, readLock } from "./lock-file.ts";
import { completeModel } from "./model-cache.ts";
import { createProgress, type Terminal } from "./progress.ts";
import { checkId, isSafeFileName } from "./repository-name.ts";
import { type FreeBytes, freeBytes } from "./storage.ts";
import { findVersion } from "./version.ts";

export interface HubRequest {
  /** `owner/name`. */
  readonly id: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** Such as `config.json`, `onnx/model_quantized.onnx`. */
  readonly files: readonly string[];
  /** Fetched if the repository has them. */
  readonly optionalFiles: readonly string[];
  /** Undefined for `blindsplit/models` in the user's cache directory. */
  readonly cacheDirectory: string | undefined;
  /** Undefined for the repository's own, which need not be there. */
  readonly lockFile: string | undefined;
  readonly isOffline: boolean;
  /** What the revision meant before is not good enough: no answer of the hub is a failure. Left out: it is. */
  readonly mustAsk?: boolean;
}

export interface HubDeps {
  readonly log: Log;
  /** HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, HF_HOME, HF_HUB_OFFLINE, HTTPS_PROXY and its siblings, XDG_CACHE_HOME, HOME. */
  readonly environment: Environment;
  /** Ends the download at once; what has come stays. */
  readonly signal: AbortSignal;
  /** Where a bar is drawn, if it is a terminal. Otherwise, and left out, progress is logged. */
  readonly terminal?: Terminal | undefined;
  readonly limits?: Partial<HubLimits>;
  readonly freeBytes?: FreeBytes;
}

export interface HubModel {
  /** Where the files are, in the layout of the repository. */
  readonly directory: string;
  readonly commit: string;
}

/** A model, and the digests of its files. */
export interface FetchedModel extends HubModel {
  readonly digests: Readonly<Record<string, Digest>>;
}

/**
 * Brings a model of a Hugging Face hub into the cache, if it is not there yet, and checks every file of it.
 * @throws WorkerError `option_invalid`, `model_download_failed`, `model_file_missing` or `model_hash_mismatch`, with
 *   the remedy; or the signal's reason.
 */
export async function fetchModel(request: HubRequest, deps: HubDeps): Promise<HubModel> {
  checkId(request.id);
  const lock = await readLock(request.lockFile);
  const entry = Object.hasOwn(lock, request.id) ? lock[request.id] : undefined;
  const lockFile = request.lockFile ?? DEFAULT_LOCK_FILE;
  const applies = entry !== undefined && [entry.revision, entry.commit].includes(request.revision);
  warnWhatIsNotLocked(request, applies ? entry : undefined, entry, lockFile, deps.log);
  const { directory, commit } = await fetchVersion(request, applies ? { entry, lockFile } : undefined, deps);
  return { directory, commit };
}

/** What the lock file says of a revision. */
export interface LockedVersion {
  readonly entry: LockEntry;
  readonly lockFile: string;
}

/** As `fetchModel`, with the lock file's entry as given. */
export async function fetchVersion(
  request: HubRequest,
  locked: LockedVersion | undefined,
  deps: HubDeps,
): Promise<FetchedModel> {
  checkId(request.id);
  const unsafe = [...request.files, ...request.optionalFiles].find((file) => !isSafeFileName(file));
  if (unsafe !== undefined) {
    throw new WorkerError("option_invalid", `${JSON.stringify(unsafe)} is no file name of a repository`);
  }
  const { log, environment, signal } = deps;
  signal.throwIfAborted();
  const limits = { ...HUB_LIMITS, ...deps.limits };
  const isOffline = request.isOffline || isOfflineByEnvironment(environment);
  const connection = new HubConnection(await readEndpoint(environment), environment, limits, signal);
  const hub: HubContext = {
    connection,
    log,
    limits,
    progress: createProgress(deps.terminal, log, limits.reportMs),
    freeBytes: deps.freeBytes ?? freeBytes,
    signal,
  };
  const cacheDirectory = request.cacheDirectory ?? defaultCacheDirectory(environment);
  const cache = new RepositoryCache(cacheDirectory, request.id);
  try {
    const version = await findVersion({ ...request, isOffline }, locked, cache, hub);
    const digests = await completeModel(version, cache, hub);
    return { directory: cache.of(version.commit), commit: version.commit, digests };
  } catch (error) {
    // Whatever an ended wait threw: who ended it says why.
    signal.throwIfAborted();
    throw error;
  } finally {
    connection.close();
  }
}

function warnWhatIsNotLocked(
  { id, revision, files }: HubRequest,
  entry: LockEntry | undefined,
  other: LockEntry | undefined,
  lockFile: string,
  log: Log,
): void {
  const command = `\`npm run model:lock -- ${id}${revision === "main" ? "" : ` --revision ${revision}`}\``;
  if (entry === undefined) {
    const why =
      other === undefined ? "has no entry for it" : `has revision ${other.revision} of it, not ${revision}`;
    log.warn(
      { model: id, revision, lockFile },
      `${id} is not locked (${lockFile} ${why}): what ${revision} means may change, and is believed; ${command} records what it is now`,
    );
    return;
  }
  const open = files.filter((file) => !Object.hasOwn(entry.files, file));
  if (open.length === 0) return;
  log.warn(
    { model: id, revision, lockFile, files: open },
    `${lockFile} has no SHA-256 for ${open.join(", ")} of ${id}; ${command} with the same --dtype records it`,
  );
}
