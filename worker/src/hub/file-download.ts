import { WorkerError } from "../errors.ts";
import type { RepositoryCache } from "./cache.ts";
import type { HubAnswer } from "./connection.ts";
import type { HubContext } from "./context.ts";
import { type Digest, difference, type Expected, examine } from "./digest.ts";
import { Interruption } from "./interruption.ts";
import { PartialFile, type PartialState } from "./partial-file.ts";
import { Patience } from "./patience.ts";
import { refusal } from "./refusal.ts";
import { encodeFileName } from "./repository-name.ts";
import { asStorageError, checkSpace } from "./storage.ts";

export interface FileRequest {
  readonly id: string;
  readonly revision: string;
  readonly commit: string;
  /** Checked. */
  readonly file: string;
  readonly expected: Expected;
}

/** A download that gains this much begins to count its failures anew. */
const GAIN_BYTES = 1024 * 1024;
/** What came is wrong: once more from the beginning, and then no more. */
const TRIES = 2;

/**
 * Downloads one file into the cache, behind what is here of it already. Only for who has the turn.
 * @throws WorkerError `model_download_failed`, `model_hash_mismatch`, or the signal's reason.
 */
export async function downloadFile(
  request: FileRequest,
  cache: RepositoryCache,
  hub: HubContext,
): Promise<Digest> {
  const target = cache.pathOf(request.commit, request.file);
  const partial = new PartialFile(target);
  const transfer = new Transfer(request, partial, cache.of(request.commit), hub);
  try {
    for (let trial = 1; ; trial += 1) {
      const told = await transfer.complete();
      const { digest, flaw } = await examine(partial.path, request.expected, hub.signal);
      const wrong = flaw ?? difference(digest, told);
      if (wrong === undefined) {
        await cache.recordDigest(request.commit, request.file, digest);
        await partial.finish();
        return digest;
      }
      await partial.discard();
      if (trial === TRIES) throw mismatch(request, target, wrong, hub);
      hub.log.warn(
        { model: request.id, file: request.file, wrong },
        `${request.file} came wrong; once more from its beginning`,
      );
    }
  } catch (error) {
    hub.signal.throwIfAborted();
    throw asStorageError(target, error);
  }
}

function mismatch(
  { id, revision, file, expected }: FileRequest,
  path: string,
  wrong: string,
  hub: HubContext,
): WorkerError {
  const isLocked = expected.sha256 !== undefined && expected.lockFile !== undefined;
  const remedy = isLocked
    ? `if ${hub.connection.endpoint.url} is to be trusted and the model was meant to change, \`npm run model:lock -- ${id} --revision ${revision}\` takes it over`
    : "start again; if it happens again, check HF_ENDPOINT and what stands between";
  return new WorkerError(
    "model_hash_mismatch",
    `${file} of ${id} came wrong ${TRIES} times, and was deleted (${path}): ${wrong}${isLocked ? ` by ${expected.lockFile}` : ""}; ${remedy}`,
  );
}

/** The bytes of one file, in as many answers as it takes. */
class Transfer {
  readonly #request: FileRequest;
  readonly #partial: PartialFile;
  /** Whose disk has to have room. */
  readonly #directory: string;
  readonly #hub: HubContext;
  readonly #patience: Patience;

  constructor(request: FileRequest, partial: PartialFile, directory: string, hub: HubContext) {
    this.#request = request;
    this.#partial = partial;
    this.#directory = directory;
    this.#hub = hub;
    this.#patience = new Patience(hub.limits, hub.log, hub.signal);
  }

  /** Resolves when as many bytes are here as the hub says the file has, to what the hub says of them. */
  async complete(): Promise<PartialState> {
    try {
      return await this.#patience.insist(() => this.#attempt());
    } finally {
      this.#hub.progress.end();
    }
  }

  async #attempt(): Promise<PartialState> {
    const here = await this.#partial.read();
    if (here !== undefined && here.bytes === here.state.size) return here.state;
    const { id, commit, file, revision } = this.#request;
    const { connection } = this.#hub;
    const headers: Record<string, string> = {};
    if (here !== undefined) {
      headers.range = `bytes=${here.bytes}-`;
      if (here.state.validator !== undefined) headers["if-range"] = here.state.validator;
    }
    const answer = await connection.get(`/${id}/resolve/${commit}/${encodeFileName(file)}`, headers);
    try {
      if (answer.status === 200) return await this.#begin(answer);
      if (here !== undefined && answer.status === 206) return await this.#resume(answer, here);
      if (here === undefined || answer.status !== 416) {
        throw refusal(answer, { id, revision, file, endpoint: connection.endpoint });
      }
      await this.#partial.discard();
      throw new Interruption(`${file} is shorter than what is here of it`);
    } finally {
      answer.body.destroy();
    }
  }

  async #begin(answer: HubAnswer): Promise<PartialState> {
    const length = answer.headers["content-length"];
    const state = this.#check(answer, length === undefined ? undefined : Number(length));
    await checkSpace(this.#directory, state.size ?? 0, this.#hub.freeBytes);
    const handle = await this.#partial.begin(state);
    return this.#receive(answer, state, 0, handle);
  }

  async #resume(answer: HubAnswer, here: { bytes: number; state: PartialState }): Promise<PartialState> {
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.headers["content-range"] ?? "") ?? [];
    const state = this.#check(answer, total === undefined || total === "*" ? undefined : Number(total));
    const isSame = state.identity === here.state.identity && state.size === here.state.size;
    if (Number(start) !== here.bytes || !isSame) {
      await this.#partial.discard();
      throw new Interruption(`${this.#request.file} has changed since a part of it came`);
    }
    await checkSpace(this.#directory, Math.max(0, (state.size ?? 0) - here.bytes), this.#hub.freeBytes);
    return this.#receive(answer, state, here.bytes, await this.#partial.openAt(here.bytes));
  }

  /** What the answer says of the whole file. @throws WorkerError when it is of another commit, or encoded. */
  #check({ headers, linked, source }: HubAnswer, totalBytes: number | undefined): PartialState {
    const { commit, file } = this.#request;
    if (linked.commit !== undefined && linked.commit !== commit) {
      throw new WorkerError(
        "model_download_failed",
        `${source} gives ${file} of commit ${linked.commit} where ${commit} was asked for; check HF_ENDPOINT`,
      );
    }
    const coding = headers["content-encoding"];
    if (coding !== undefined && coding !== "identity") {
      throw new WorkerError(
        "model_download_failed",
        `${source} sends ${file} encoded (${coding}), unasked; check HF_ENDPOINT`,
      );
    }
    const { etag } = headers;
    const identity = linked.etag ?? etag;
    const [sha256] = /[0-9a-f]{64}/.exec(linked.etag ?? "") ?? [];
    const size = linked.sizeBytes ?? totalBytes;
    return {
      ...(identity !== undefined && { identity }),
      // A weak one does not promise equal bytes (RFC 9110, 13.1.5).
      ...(etag?.startsWith('"') && { validator: etag }),
      ...(size !== undefined && { size }),
      ...(sha256 !== undefined && { sha256 }),
    };
  }

  async #receive(
    answer: HubAnswer,
    state: PartialState,
    offset: number,
    handle: Awaited<ReturnType<PartialFile["openAt"]>>,
  ): Promise<PartialState> {
    const { progress, connection, signal } = this.#hub;
    const { file } = this.#request;
    progress.begin(file, state.size, offset);
    const limitBytes = this.#request.expected.size ?? state.size ?? Number.POSITIVE_INFINITY;
    let bytes = offset;
    let mark = offset;
    try {
      for await (const chunk of this.#body(answer)) {
        await handle.appendFile(chunk);
        bytes += chunk.length;
        progress.advance(chunk.length);
        // More than there can be: the digest will say so, and the disk must not fill up with it.
        if (bytes > limitBytes) break;
        if (bytes - mark < GAIN_BYTES) continue;
        mark = bytes;
        this.#patience.renew();
      }
      signal.throwIfAborted();
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (state.size !== undefined && bytes < state.size) {
      throw connection.interruption(new Error(`${bytes} of ${state.size} bytes came`), answer.source);
    }
    return state;
  }

  /** Tells a failure of the network from one of the disk, which happens in the same loop. */
  async *#body({ body, source }: HubAnswer): AsyncGenerator<Buffer> {
    try {
      yield* body as AsyncIterable<Buffer>;
    } catch (cause) {
      throw this.#hub.connection.interruption(cause, source);
    }
  }
}
