import { WorkerError } from "../errors.ts";
import { GRAPH_FILES } from "../model/source.ts";
import type { RepositoryCache } from "./cache.ts";
import type { HubContext } from "./context.ts";
import type { Expected } from "./digest.ts";
import type { HubRequest, LockedVersion } from "./hub-model.ts";
import { Interruption } from "./interruption.ts";
import { Patience } from "./patience.ts";
import { type Listing, listFiles } from "./repository.ts";
import { isCommit } from "./repository-name.ts";

/** One commit of a repository, and what is wanted of it. */
export interface Version {
  readonly id: string;
  readonly revision: string;
  readonly commit: string;
  /** What is known of each wanted file. */
  readonly wanted: ReadonlyMap<string, Expected>;
  readonly isOffline: boolean;
}

/**
 * What a revision means: as the lock file says; else as the hub says; else, offline or where the hub gives no
 * answer, what it last meant here, unless the hub must be asked.
 * @throws WorkerError `model_download_failed` or `model_file_missing`; `option_invalid` when it must be asked, offline.
 */
export async function findVersion(
  request: HubRequest,
  locked: LockedVersion | undefined,
  cache: RepositoryCache,
  hub: HubContext,
): Promise<Version> {
  const { id, revision, isOffline } = request;
  if (locked !== undefined) return lockedVersion(request, locked, cache, hub);
  if (request.mustAsk === true) {
    if (!isOffline) return listedVersion(request, await insistOnListing(request, revision, hub), cache, hub);
    throw new WorkerError(
      "option_invalid",
      `what revision ${revision} of ${id} is now only the hub can say, and HF_HUB_OFFLINE is set; take it out of the environment`,
    );
  }
  const known = isCommit(revision) ? revision : await cache.readRevision(revision);
  const kept = known === undefined ? undefined : await keptVersion(request, known, cache);
  if (isOffline) {
    if (kept !== undefined) return kept;
    throw new WorkerError(
      "model_file_missing",
      `${id} (revision ${revision}) is not in the cache ${cache.directory}, and offline is set; ` +
        "start once without it, or copy the cache of a machine that has the model",
    );
  }
  // A commit never changes.
  if (kept !== undefined && isCommit(revision)) return kept;
  if (kept === undefined) {
    return listedVersion(request, await insistOnListing(request, revision, hub), cache, hub);
  }
  const listing = await askOnce(request, kept, hub);
  return listing === undefined ? kept : listedVersion(request, listing, cache, hub);
}

function insistOnListing({ id }: HubRequest, revision: string, hub: HubContext): Promise<Listing> {
  const patience = new Patience(hub.limits, hub.log, hub.signal);
  return patience.insist(() => listFiles(hub.connection, id, revision));
}

/** Undefined where the hub does not tell: a worker that has its model must not depend on it. */
async function askOnce(
  { id, revision }: HubRequest,
  kept: Version,
  hub: HubContext,
): Promise<Listing | undefined> {
  try {
    return await listFiles(hub.connection, id, revision);
  } catch (error) {
    hub.signal.throwIfAborted();
    if (!(error instanceof Interruption || error instanceof WorkerError)) throw error;
    hub.log.warn(
      { model: id, revision, commit: kept.commit },
      `${error.message}; the model as it was downloaded before is used (commit ${kept.commit})`,
    );
    return undefined;
  }
}

/** The commit of the lock file, and of its files what the lock file says. */
async function lockedVersion(
  request: HubRequest,
  { entry, lockFile }: LockedVersion,
  cache: RepositoryCache,
  hub: HubContext,
): Promise<Version> {
  const { id, revision, files, optionalFiles, isOffline } = request;
  const { commit } = entry;
  const isLocked = (name: string) => Object.hasOwn(entry.files, name);
  const lockedFiles = [...optionalFiles, ...files]
    .filter(isLocked)
    .map((name) => [name, { ...entry.files[name], lockFile }] as const);
  const versionWith = (others: Iterable<readonly [string, Expected]>): Version => ({
    id,
    revision,
    commit,
    wanted: new Map([...others, ...lockedFiles]),
    isOffline,
  });
  if (files.every(isLocked)) return versionWith([]);
  // Locked with another dtype: the entry cannot tell which optional files, such as its weights, belong to this one.
  const kept = await keptVersion(request, commit, cache);
  if (kept !== undefined) return versionWith(kept.wanted);
  if (isOffline) return versionWith(files.map((name) => [name, {}]));
  return versionWith(wantedOf(request, await insistOnListing(request, commit, hub)));
}

/** What the cache has of a commit, if that is all that is needed. */
async function keptVersion(
  request: HubRequest,
  commit: string,
  cache: RepositoryCache,
): Promise<Version | undefined> {
  const { id, revision, files, optionalFiles, isOffline } = request;
  const has = (name: string) => cache.has(commit, name);
  if (!(await Promise.all(files.map(has))).every(Boolean)) return undefined;
  const record = await cache.readRecord(commit);
  const wanted = new Map<string, Expected>(files.map((name) => [name, {}]));
  for (const name of optionalFiles) {
    if (Object.hasOwn(record, name) || (await has(name))) wanted.set(name, {});
  }
  return { id, revision, commit, wanted, isOffline };
}

async function listedVersion(
  request: HubRequest,
  listing: Listing,
  cache: RepositoryCache,
  hub: HubContext,
): Promise<Version> {
  const { id, revision, isOffline } = request;
  const { commit } = listing;
  const wanted = wantedOf(request, listing);
  try {
    await cache.writeRevision(revision, commit);
  } catch (cause) {
    // A cache that is read-only can still have all that is needed; if not, the download says so.
    hub.log.debug({ err: cause }, "the commit could not be noted");
  }
  return { id, revision, commit, wanted, isOffline };
}

/**
 * The optional files come first: a download that ends early must not leave a cache that has all that is needed, as far
 * as `keptVersion` can see, but lacks the graph's weights.
 */
function wantedOf(
  { id, revision, files, optionalFiles }: HubRequest,
  listing: Listing,
): ReadonlyMap<string, Expected> {
  const missing = files.filter((name) => !listing.files.has(name));
  if (missing.length > 0) throw notThere(id, revision, missing, listing);
  const names = [...optionalFiles.filter((name) => listing.files.has(name)), ...files];
  return new Map(names.map((name) => [name, listing.files.get(name) ?? {}]));
}

function notThere(id: string, revision: string, missing: readonly string[], listing: Listing): WorkerError {
  const has = Object.entries(GRAPH_FILES).filter(([, file]) => listing.files.has(file));
  const isGraph = missing.some((name) => name.startsWith("onnx/"));
  const remedy = !isGraph
    ? "choose a repository in the transformers.js layout"
    : has.length > 0
      ? `set dtype to what it has: ${has.map(([dtype]) => dtype).join(", ")}`
      : "it has no graph for onnxruntime; choose a repository in the transformers.js layout, such as those of Xenova and onnx-community";
  return new WorkerError(
    "model_file_missing",
    `${id} has no ${missing.join(", ")} at revision ${revision} (commit ${listing.commit}); ${remedy}`,
  );
}
