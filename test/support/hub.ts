import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type HubFault, type HubRequestSeen, refuse, send } from "./hub-sending.ts";

export interface HubRepository {
  readonly commit: string;
  readonly files: ReadonlyMap<string, Buffer>;
  /** Only for who has this token. */
  readonly token?: string | undefined;
  readonly isGated?: boolean | undefined;
}

/** Files from this size on are in large-file storage: another host sends them, and their SHA-256 is known. */
const LARGE_BYTES = 100_000;

/**
 * A hub of models on this machine, as the real one answers: `/api/models/…` lists a revision's files, `/ID/resolve/…`
 * redirects large files to a CDN (another port) and small ones to a path of its own, with ETags, ranges and sizes.
 */
export class HubServer {
  readonly seen: HubRequestSeen[] = [];
  readonly faults: HubFault[] = [];
  readonly #repositories = new Map<string, HubRepository>();
  readonly #hub: Server;
  readonly #cdn: Server;
  #urls = { hub: "", cdn: "" };

  private constructor() {
    this.#hub = createServer((request, response) => this.#answerAsHub(request, response));
    this.#cdn = createServer((request, response) => this.#answerAsCdn(request, response));
  }

  /** Two listeners on free ports, until the test ends. @param host an address of this machine */
  static async start(t: TestContext, host = "127.0.0.1"): Promise<HubServer> {
    const server = new HubServer();
    for (const listener of [server.#hub, server.#cdn]) {
      listener.listen(0, host);
      await once(listener, "listening");
    }
    server.#urls = { hub: urlOf(server.#hub), cdn: urlOf(server.#cdn) };
    t.after(() => server.stop());
    return server;
  }

  /** For HF_ENDPOINT. */
  get url(): string {
    return this.#urls.hub;
  }

  get cdnUrl(): string {
    return this.#urls.cdn;
  }

  /** @param files name → content. The commit follows from them, unless one is given. */
  add(
    id: string,
    files: Readonly<Record<string, Buffer | string>>,
    extras: Partial<Omit<HubRepository, "files">> = {},
  ): HubRepository {
    const entries = Object.entries(files).map(([name, content]) => [name, Buffer.from(content)] as const);
    const hash = createHash("sha1");
    for (const [name, content] of entries) hash.update(name).update(content);
    const repository = { commit: hash.digest("hex"), ...extras, files: new Map(entries) };
    this.#repositories.set(id, repository);
    return repository;
  }

  /** A model directory as a repository. */
  addDirectory(id: string, directory: string): HubRepository {
    const names = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const nameOf = (path: string) => path.slice(directory.length + 1).replaceAll("\\", "/");
    return this.add(id, Object.fromEntries(names.map((path) => [nameOf(path), readFileSync(path)])));
  }

  /** Requests for a file's bytes: those that a redirect answered are not among them. */
  downloads(file: string): HubRequestSeen[] {
    return this.seen.filter(({ path, status }) => path.endsWith(`/${file}`) && status < 300);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#hub, this.#cdn].map(close));
  }

  #answerAsHub(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", this.url);
    const seen = this.#note("hub", request, url.pathname, response);
    const fault = this.#takeFault("hub", url.pathname);
    if (fault?.status !== undefined) return refuse(response, fault.status, fault.headers);
    const listing = /^\/api\/models\/([^/]+\/[^/]+)\/revision\/([^/]+)$/.exec(url.pathname);
    const file = /^\/(?:api\/resolve-cache\/models\/)?([^/]+\/[^/]+)\/(?:resolve\/)?([^/]+)\/(.+)$/.exec(
      url.pathname,
    );
    const [, id = "", revision = "", name = ""] = listing ?? file ?? [];
    const repository = this.#repositories.get(id);
    const denial = denialOf(repository, request.headers.authorization);
    if (repository === undefined || denial !== undefined) {
      return refuse(response, denial?.status ?? 404, { "x-error-code": denial?.code ?? "RepoNotFound" });
    }
    if (![repository.commit, "main"].includes(decodeURIComponent(revision))) {
      return refuse(response, 404, { "x-error-code": "RevisionNotFound" });
    }
    if (listing !== null) return list(id, repository, response);
    const content = repository.files.get(decodeURIComponent(name));
    if (content === undefined) return refuse(response, 404, { "x-error-code": "EntryNotFound" });
    const isLarge = content.length >= LARGE_BYTES;
    response.setHeader("x-repo-commit", repository.commit);
    if (isLarge) {
      response.setHeader("x-linked-etag", `"${sha256(content)}"`);
      response.setHeader("x-linked-size", content.length);
    } else if (url.pathname.startsWith("/api/resolve-cache/")) {
      return send({ content, request, response, seen, fault });
    }
    // The hub's own redirects are relative, and those to its CDN are signed.
    const own = `/api/resolve-cache/models/${id}/${repository.commit}/${name}`;
    const location = isLarge ? `${this.cdnUrl}/${id}/${repository.commit}/${name}?signature=secret` : own;
    response.writeHead(isLarge ? 302 : 307, { location }).end();
  }

  #answerAsCdn(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", this.cdnUrl);
    const seen = this.#note("cdn", request, url.pathname, response);
    const fault = this.#takeFault("cdn", url.pathname);
    if (fault?.status !== undefined) return refuse(response, fault.status, fault.headers);
    const [, id = "", name = ""] = /^\/([^/]+\/[^/]+)\/[^/]+\/(.+)$/.exec(url.pathname) ?? [];
    const content = this.#repositories.get(id)?.files.get(decodeURIComponent(name));
    if (content === undefined) return refuse(response, 404);
    return send({ content, request, response, seen, fault });
  }

  #note(
    host: "hub" | "cdn",
    request: IncomingMessage,
    path: string,
    response: ServerResponse,
  ): HubRequestSeen {
    const { range, authorization } = request.headers;
    const seen = {
      host,
      path,
      range,
      authorization,
      bytes: 0,
      get status() {
        return response.headersSent ? response.statusCode : 0;
      },
    };
    this.seen.push(seen);
    return seen;
  }

  #takeFault(host: "hub" | "cdn", path: string): HubFault | undefined {
    const fits = (one: HubFault) => (one.host ?? host) === host && path.includes(one.path ?? "");
    const fault = this.faults.find((one) => one.times !== 0 && fits(one));
    if (fault?.times !== undefined) fault.times -= 1;
    return fault;
  }
}

function list(id: string, { commit, files }: HubRepository, response: ServerResponse): void {
  const siblings = [...files].map(([rfilename, content]) => ({
    rfilename,
    size: content.length,
    blobId: blobId(content.length >= LARGE_BYTES ? pointerTo(content) : content),
    ...(content.length >= LARGE_BYTES && { lfs: { sha256: sha256(content), size: content.length } }),
  }));
  response
    .writeHead(200, { "content-type": "application/json" })
    .end(JSON.stringify({ id, sha: commit, siblings }));
}

/** As the real hub: strangers get a 401 for what is not there, too. */
function denialOf(repository: HubRepository | undefined, authorization: string | undefined) {
  if (repository === undefined)
    return { status: authorization === undefined ? 401 : 404, code: "RepoNotFound" };
  if (repository.token === undefined) return undefined;
  if (authorization === undefined)
    return { status: 401, code: repository.isGated ? "GatedRepo" : "RepoNotFound" };
  if (authorization !== `Bearer ${repository.token}`) {
    return { status: 403, code: repository.isGated ? "GatedRepo" : "Forbidden" };
  }
  return undefined;
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** What git has in place of a file in large-file storage. */
function pointerTo(content: Buffer): Buffer {
  return Buffer.from(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(content)}\nsize ${content.length}\n`,
  );
}

/** As `git hash-object`. */
function blobId(content: Buffer): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

function urlOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return `http://${address}:${port}`;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
