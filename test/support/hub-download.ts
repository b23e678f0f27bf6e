import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { TestContext } from "node:test";
import { fetchModel, type HubDeps, type HubModel, type HubRequest } from "../../worker/src/hub/hub-model.ts";
import { createLog } from "../../worker/src/log.ts";
import { HubServer } from "./hub.ts";

export const ID = "acme/tiny";
export const GRAPH = "onnx/model_quantized.onnx";
/** Large enough for the hub's CDN. */
export const GRAPH_BYTES = 3_000_000;

/** As the real ones, but without the long pauses. */
const FAST = {
  connectMs: 2_000,
  silenceMs: 300,
  attempts: 4,
  firstPauseMs: 5,
  longestPauseMs: 20,
  longestRetryAfterMs: 2_000,
  reportMs: 50,
  pollMs: 10,
  heartbeatMs: 20,
  hungMs: 400,
} as const;

export interface Downloading {
  readonly hub: HubServer;
  readonly cacheDirectory: string;
  readonly graph: Buffer;
  /** Of the repository `ID`. */
  readonly commit: string;
  fetch(changes?: Partial<HubRequest>, deps?: Partial<HubDeps>): Promise<HubModel>;
  /** Everything logged so far. */
  lines(): Record<string, unknown>[];
  messages(): string[];
  /** Every file below the cache. */
  cached(): string[];
}

/** A hub with one repository, and an empty cache. */
export async function startDownloading(t: TestContext): Promise<Downloading> {
  const hub = await HubServer.start(t);
  const cacheDirectory = temporaryDirectory(t, "cache");
  const graph = Buffer.from(
    Uint32Array.from({ length: GRAPH_BYTES / 4 }, (_, at) => Math.imul(at, 2_654_435_761)).buffer,
  );
  const { commit } = hub.add(ID, {
    "config.json": "{}",
    "tokenizer.json": '{"a": 1}',
    [GRAPH]: graph,
    "README.md": "#",
  });
  const written: string[] = [];
  const sink = new PassThrough();
  sink.on("data", (chunk: Buffer) => written.push(chunk.toString()));
  const log = createLog("trace", "tested", sink);
  const lines = () =>
    written
      .join("")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    hub,
    cacheDirectory,
    graph,
    commit,
    lines,
    messages: () => lines().map(({ msg }) => String(msg)),
    cached: () =>
      readdirSync(cacheDirectory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(cacheDirectory.length + 1)),
    fetch: (changes = {}, deps = {}) =>
      fetchModel(
        {
          id: ID,
          revision: "main",
          files: ["config.json", "tokenizer.json", GRAPH],
          optionalFiles: [`${GRAPH}_data`],
          cacheDirectory,
          lockFile: undefined,
          isOffline: false,
          ...changes,
        },
        {
          log,
          environment: hubEnvironment(hub.url, cacheDirectory),
          signal: new AbortController().signal,
          ...deps,
          limits: { ...FAST, ...deps.limits },
        },
      ),
  };
}

/** Nothing of the machine's own: no token of a user, no proxy. */
export function hubEnvironment(endpoint: string, home: string): Record<string, string> {
  return { HF_ENDPOINT: endpoint, HF_HOME: join(home, "no-such"), HOME: home, NO_PROXY: "127.0.0.1" };
}

export function temporaryDirectory(t: TestContext, what: string): string {
  const directory = mkdtempSync(join(tmpdir(), `blindsplit-${what}-`));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
