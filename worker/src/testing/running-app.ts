import { PassThrough } from "node:stream";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { createApp, type WorkerApp, type WorkerDeps } from "../app.ts";
import { createLog } from "../log.ts";
import type { ModelPlace } from "../model/place.ts";
import type { WorkerOptions } from "../options.ts";
import { readSeries } from "./exposition.ts";

export const DISTILBERT = fileURLToPath(new URL("../../models/distilbert-mini-sst2", import.meta.url));
export const ROBERTA = fileURLToPath(new URL("../../models/roberta-mini-tweets", import.meta.url));

/** A model that is in a directory. */
export function directory(path: string): ModelPlace {
  return { kind: "directory", path };
}

export function testOptions(changes: Partial<WorkerOptions> = {}): WorkerOptions {
  return {
    name: "tested",
    model: directory(DISTILBERT),
    dtype: "quantized",
    task: "text-classification",
    input: "tokens",
    modelCache: undefined,
    modelLock: undefined,
    isOffline: false,
    host: "127.0.0.1",
    port: 0,
    provider: "cpu",
    threads: 1,
    batch: { maxTexts: 4, maxTokens: 256, maxDelayMs: 0 },
    maxTokens: 512,
    maxQueue: 8,
    maxQueueTokens: 65_536,
    requestTimeoutMs: 30_000,
    latencyBudgetSeconds: 0.05,
    maxTexts: 8,
    maxInputChars: 10_000,
    maxBodyBytes: 64 * 1024,
    overlong: "truncate",
    answerCache: 0,
    allowsDetail: false,
    labels: {},
    logLevel: "info",
    ...changes,
  };
}

export interface RunningApp {
  readonly app: WorkerApp;
  readonly url: string;
  /** Everything logged so far, as written. */
  logged(): string;
  post(path: string, body: unknown, init?: RequestInit): Promise<Answer>;
  get(path: string, init?: RequestInit): Promise<Answer>;
  /** Values of the scrape whose series begins with `prefix`, by series. */
  scrape(prefix?: string): Promise<Map<string, number>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there
  readonly json: any;
}

/** An app and a log that is kept instead of written. */
export function quietApp(options: WorkerOptions, deps: WorkerDeps = {}) {
  const lines: string[] = [];
  const sink = new PassThrough();
  sink.on("data", (chunk: Buffer) => lines.push(chunk.toString()));
  const app = createApp(options, { log: createLog("trace", options.name, sink), ...deps });
  return { app, logged: () => lines.join("") };
}

/** Starts an app on a free port and stops it after the test. */
export async function runApp(
  t: TestContext,
  options: WorkerOptions = testOptions(),
  deps: WorkerDeps = {},
): Promise<RunningApp> {
  const { app, logged } = quietApp(options, deps);
  t.after(() => app.stop());
  await app.start();
  return { app, logged, ...requester(app) };
}

export function requester(app: WorkerApp): Omit<RunningApp, "app" | "logged"> {
  const { host, port } = app.address();
  const url = `http://${host}:${port}`;
  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(url + path, init);
    const text = await response.text();
    const isJson = (response.headers.get("content-type") ?? "").includes("json");
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== "" ? JSON.parse(text) : undefined,
    };
  };
  return {
    url,
    post: (path, body, init = {}) =>
      ask(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
        ...init,
      }),
    get: (path, init = {}) => ask(path, init),
    async scrape(prefix = "") {
      const { text } = await ask("/metrics", {});
      return readSeries(text, prefix);
    },
  };
}
