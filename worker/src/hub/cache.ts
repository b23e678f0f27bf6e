import { randomUUID } from "node:crypto";
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { type Digest, digestSchema } from "./digest.ts";
import { cacheHome, type Environment } from "./endpoint.ts";
import { isCommit } from "./repository-name.ts";
import { replaceFile } from "./storage.ts";

/** The user's own, where `model_cache` names none. */
export function defaultCacheDirectory(environment: Environment): string {
  return join(cacheHome(environment), "blindsplit", "models");
}

const recordSchema = z.record(z.string(), digestSchema);
const RECORD = ".digests.json";

/**
 * What is kept of one repository: `CACHE/owner/name/COMMIT/` with its files, `refs/REVISION` with the commit that it
 * last meant, `lock` for who may write. A file stands under its own name only when it is whole and its digest recorded.
 */
export class RepositoryCache {
  readonly directory: string;
  readonly lockPath: string;

  /** @param id checked. */
  constructor(cacheDirectory: string, id: string) {
    this.directory = join(cacheDirectory, ...id.split("/"));
    this.lockPath = join(this.directory, "lock");
  }

  /** Where the files of a commit are. */
  of(commit: string): string {
    return join(this.directory, commit);
  }

  /** @param file checked. */
  pathOf(commit: string, file: string): string {
    return join(this.of(commit), ...file.split("/"));
  }

  /** The commit that a branch or tag last meant. */
  async readRevision(revision: string): Promise<string | undefined> {
    const text = await readFile(this.#revisionPath(revision), "utf8").catch(() => "");
    return isCommit(text.trim()) ? text.trim() : undefined;
  }

  /** @throws WorkerError `model_download_failed` */
  async writeRevision(revision: string, commit: string): Promise<void> {
    if (isCommit(revision) || (await this.readRevision(revision)) === commit) return;
    await replaceFile(this.#revisionPath(revision), `${commit}\n`, randomUUID());
  }

  /** The digests of the files as they came; a file put there by hand has none. */
  async readRecord(commit: string): Promise<Readonly<Record<string, Digest>>> {
    const text = await readFile(join(this.of(commit), RECORD), "utf8").catch(() => "{}");
    try {
      return recordSchema.parse(JSON.parse(text));
    } catch {
      return {};
    }
  }

  /** Only for who has the turn: the record is read, changed and written. */
  async recordDigest(commit: string, file: string, digest: Digest): Promise<void> {
    const record = { ...(await this.readRecord(commit)), [file]: digest };
    await replaceFile(join(this.of(commit), RECORD), `${JSON.stringify(record, null, 2)}\n`, randomUUID());
  }

  async has(commit: string, file: string): Promise<boolean> {
    return (await stat(this.pathOf(commit, file)).catch(() => undefined))?.isFile() === true;
  }

  async remove(commit: string, file: string): Promise<void> {
    await rm(this.pathOf(commit, file), { force: true });
  }

  /** A tag may have slashes. */
  #revisionPath(revision: string): string {
    return join(this.directory, "refs", encodeURIComponent(revision).replaceAll(".", "%2E"));
  }
}
