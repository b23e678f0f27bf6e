import { retryable, WorkerError } from "./errors.ts";
import type { ConnectionLimits } from "./http/connections.ts";
import type { Contract } from "./http/contract.ts";
import { describeSettings, describeWorker, type Metadata } from "./http/metadata.ts";
import { createPredictHandler } from "./http/predict.ts";
import { BODY_DEADLINE_MS, createHttpServer, HEADERS_DEADLINE_MS, type HttpServer } from "./http/server.ts";
import type { Environment } from "./hub/endpoint.ts";
import type { Terminal } from "./hub/progress.ts";
import { buildEngine, threadDataOf } from "./inference/build.ts";
import type { Engine } from "./inference/engine.ts";
import { RestartBudget } from "./inference/restart-budget.ts";
import { RUNNER_LIMITS, Runner, type RunnerLimits } from "./inference/runner.ts";
import { type StartThread, startModelThread } from "./inference/thread.ts";
import { createLog, type Log } from "./log.ts";
import { readBaseline } from "./metrics/baseline.ts";
import { type EventLoopLag, watchEventLoop } from "./metrics/event-loop.ts";
import { createProcessReadings, type ProcessUsage } from "./metrics/process.ts";
import { createMetrics, type Metrics } from "./metrics/record.ts";
import { type FoundModel, findModel } from "./model/find-model.ts";
import { readGraphFile } from "./model/model-file.ts";
import { type ModelSource, readModelSource } from "./model/source.ts";
import type { WorkerOptions } from "./options.ts";
import type { Tokenizing } from "./tokenize/tokenizing.ts";

export interface WorkerApp {
  /**
   * Resolves when `/readyz` says yes; `/healthz` answers before that, while the model loads.
   * @throws WorkerError when the model cannot be loaded or the port not be bound; nothing is left running.
   */
  start(): Promise<void>;
  /** Stops accepting, finishes what is admitted, ends within `stopMs`. Also ends a start under way. */
  stop(): Promise<void>;
  /** Where it listens; `port` is the real one when the option was 0. */
  address(): { host: string; port: number };
  /** Resolves when the app cannot go on by itself and its process should end. Never rejects. */
  readonly failed: Promise<WorkerError>;
}

/** What main.ts gives, and what tests replace. */
export interface WorkerDeps {
  readonly log?: Log;
  /** Where the metrics of the process come from: Node's `process`. Left out: they are not exposed. */
  readonly usage?: ProcessUsage;
  /** For `GET /metadata`. */
  readonly nodeVersion?: string;
  /** Where the hub's address and token, proxies and the cache directory come from; left out: none of them is set. */
  readonly environment?: Environment;
  /** Where the progress of a download is drawn; left out: it is logged. */
  readonly terminal?: Terminal;
  readonly startThread?: StartThread;
  readonly runnerLimits?: RunnerLimits;
  /** From the first byte of a request to the end of its headers. */
  readonly headersMs?: number;
  /** From the end of a request's headers to the end of its body. */
  readonly bodyMs?: number;
  readonly connections?: Partial<ConnectionLimits>;
  readonly stopMs?: number;
}

type State = "new" | "loading" | "ready" | "stopping" | "stopped";

const STOP_DEADLINE_MS = 4_000;

/** Wires a worker. Nothing happens before `start`. */
export function createApp(options: WorkerOptions, deps: WorkerDeps = {}): WorkerApp {
  const log = deps.log ?? createLog(options.logLevel, options.name);
  const stopMs = deps.stopMs ?? STOP_DEADLINE_MS;
  let state: State = "new";
  let eventLoop: EventLoopLag | undefined;
  let metrics: Metrics | undefined;
  let server: HttpServer | undefined;
  let engine: Engine | undefined;
  let tokenizing: Tokenizing | undefined;
  let metadata: Metadata | undefined;
  const starting = new AbortController();

  const runner = new Runner(deps.startThread ?? startModelThread, deps.runnerLimits ?? RUNNER_LIMITS, {
    onReady: (facts) => log.info({ runtime: facts.runtime }, "inference thread ready"),
    onFailure(error, pauseMs) {
      log.error({ err: error.cause, code: error.code, pauseMs }, "inference thread failed");
      if (pauseMs !== undefined) metrics?.threadRestarted();
      // Nobody waits for something that is not there: callers, and the proxy, can turn elsewhere at once.
      engine?.dropWaiting(error, "inference_failed");
    },
  });

  void runner.broken.then((cause) => {
    // After a run that hangs no thread fails any more, and nobody else would tell those who wait.
    engine?.dropWaiting(
      retryable("inference_failed", "the model does not answer; try again", cause),
      "inference_failed",
    );
  });

  // The tokenizer's thread has the same budget: one that keeps dying would refuse every long text for ever.
  const tokenizerFailures = new RestartBudget((deps.runnerLimits ?? RUNNER_LIMITS).restarts);
  const tokenizerBroken = Promise.withResolvers<WorkerError>();
  const onTokenizerFailure = (cause: unknown) => {
    metrics?.tokenizerFailed();
    log.error({ err: cause }, "tokenizer thread failed");
    if (tokenizerFailures.spend(performance.now()) !== undefined) return;
    const message = "the tokenizer thread failed too often within a minute; the log has the causes";
    tokenizerBroken.resolve(new WorkerError("inference_broken", message, { cause }));
  };

  const unreadiness = (): string | undefined => {
    if (state === "stopping" || state === "stopped") return "the worker is stopping";
    return state === "ready" && runner.isReady ? undefined : "the model is being loaded";
  };

  const unready = (): WorkerError | undefined => {
    const reason = unreadiness();
    if (reason === undefined) return undefined;
    return retryable(state === "stopping" ? "stopping" : "not_ready", `${reason}; try again in a moment`);
  };

  const serve = (source: ModelSource): { metrics: Metrics; server: HttpServer } => {
    const lag = watchEventLoop();
    eventLoop = lag;
    const bodyMs = deps.bodyMs ?? BODY_DEADLINE_MS;
    const { task, input, labels } = source;
    const createdMetrics = createMetrics({
      name: options.name,
      task,
      input,
      labels: labels.canonical,
      info: describeSettings(options),
      queueLimit: options.maxQueue,
      queueLimitTokens: options.maxQueueTokens,
      latencyBudgetSeconds: options.latencyBudgetSeconds,
      queueDepth: () => engine?.depth ?? 0,
      queueDepthTokens: () => engine?.depthTokens ?? 0,
      isReady: () => unreadiness() === undefined,
      eventLoopLagSeconds: () => lag.p99Seconds(),
      process: deps.usage && createProcessReadings(deps.usage),
    });
    const contract = contractOf(source, options);
    const predict = createPredictHandler({
      contract,
      bodyMs,
      metrics: createdMetrics,
      log,
      refusal: (isShadow) => unready() ?? engine?.refusal(isShadow),
      async predict(texts, call) {
        const error = unready();
        if (error !== undefined || engine === undefined) throw error;
        return engine.predict(texts, call);
      },
    });
    const createdServer = createHttpServer({
      contract,
      predict,
      metrics: createdMetrics,
      log,
      headersMs: deps.headersMs ?? HEADERS_DEADLINE_MS,
      bodyMs,
      connections: deps.connections,
      unreadiness,
      metadata: () => metadata,
    });
    return { metrics: createdMetrics, server: createdServer };
  };

  const load = async (found: FoundModel, source: ModelSource, record: Metrics): Promise<void> => {
    const graph = await readGraphFile(source.graphPath);
    const built = await buildEngine(source, options, { runner, record, onTokenizerFailure });
    tokenizing = built.tokenizing;
    const { runtime } = await runner.start(threadDataOf(source, options));
    engine = built.engine;
    const { dtype, labels, modelName } = source;
    const baseline = await readBaseline(source, graph.sha256, log);
    const loaded = { source, graph, commit: found.commit, hasBaseline: baseline !== undefined, runtime };
    const described = describeWorker(options, loaded, deps.nodeVersion);
    metadata = described;
    record.describeModel({
      info: {
        model_name: modelName,
        revision: described.model.revision,
        dtype,
        runtime,
        labels: labels.canonical.join(","),
      },
      fileBytes: graph.bytes,
      baseline,
    });
  };

  let stopped: Promise<void> | undefined;
  const close = async () => {
    state = "stopping";
    starting.abort(new WorkerError("stopping", "stopped before it was ready"));
    const startedAt = performance.now();
    await server?.close(stopMs, (error) => engine?.dropWaiting(error, "stopping"));
    tokenizing?.close();
    await runner.close(Math.max(500, stopMs - (performance.now() - startedAt)));
    eventLoop?.stop();
    state = "stopped";
  };
  const stopOnce = async () => {
    log.info("stopping");
    await close();
    log.info("stopped");
  };
  const stop = () => {
    stopped ??= stopOnce();
    return stopped;
  };
  const checkNotStopped = () => {
    if (state !== "loading") throw new WorkerError("stopping", "stopped before it was ready");
  };

  return {
    failed: Promise.race([runner.broken, tokenizerBroken.promise]),
    async start() {
      state = "loading";
      const startedAt = performance.now();
      log.info({ model: options.model, dtype: options.dtype }, "starting");
      try {
        const { environment = {}, terminal } = deps;
        const found = await findModel(options, { log, environment, terminal, signal: starting.signal });
        const source = await readModelSource(found.directory, options, found.name);
        checkNotStopped();
        const serving = serve(source);
        metrics = serving.metrics;
        server = serving.server;
        await server.listen(options.host, options.port);
        await load(found, source, serving.metrics);
        checkNotStopped();
      } catch (error) {
        // Silently: nobody asked for a stop. Who called learns the cause, and logs it.
        stopped ??= close();
        await stopped;
        throw error;
      }
      state = "ready";
      const seconds = Math.round(performance.now() - startedAt) / 1000;
      log.info({ ...server.address(), seconds }, "ready");
    },
    stop,
    address() {
      if (server === undefined) throw new WorkerError("internal", "the worker does not listen yet");
      return server.address();
    },
  };
}

function contractOf(source: ModelSource, options: WorkerOptions): Contract {
  return {
    task: source.task,
    labels: source.labels.canonical,
    limits: {
      texts: Math.min(options.maxTexts, options.maxQueue),
      characters: options.maxInputChars,
      bodyBytes: options.maxBodyBytes,
    },
    requestTimeoutMs: options.requestTimeoutMs,
    allowsDetail: options.allowsDetail,
  };
}
