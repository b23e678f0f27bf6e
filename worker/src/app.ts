import { retryable, WorkerError } from "./errors.ts";
import { describeWorker } from "./http/metadata.ts";
import { createPredictHandler } from "./http/predict.ts";
import { BODY_DEADLINE_MS, createHttpServer, HEADERS_DEADLINE_MS, type HttpServer } from "./http/server.ts";
import { Dispatcher } from "./inference/dispatcher.ts";
import type { ThreadFacts } from "./inference/protocol.ts";
import { RUNNER_LIMITS, Runner, type RunnerLimits } from "./inference/runner.ts";
import { type StartThread, startModelThread } from "./inference/thread.ts";
import { createLog, type Log } from "./log.ts";
import { type EventLoopLag, watchEventLoop } from "./metrics/event-loop.ts";
import { createProcessReadings, type ProcessUsage } from "./metrics/process.ts";
import { createMetrics, type Metrics } from "./metrics/record.ts";
import { type ModelSource, readModelSource, readRevision } from "./model/source.ts";
import type { WorkerOptions } from "./options.ts";

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
  readonly startThread?: StartThread;
  readonly runnerLimits?: RunnerLimits;
  /** From admission to being handed to the thread. */
  readonly queueMs?: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headersMs?: number;
  /** From the end of a request's headers to the end of its body. */
  readonly bodyMs?: number;
  readonly stopMs?: number;
}

type State = "new" | "loading" | "ready" | "stopping" | "stopped";

const QUEUE_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 4_000;

/** Wires a worker. Nothing happens before `start`. */
export function createApp(options: WorkerOptions, deps: WorkerDeps = {}): WorkerApp {
  const log = deps.log ?? createLog(options.logLevel, options.name);
  const stopMs = deps.stopMs ?? STOP_DEADLINE_MS;
  let state: State = "new";
  let eventLoop: EventLoopLag | undefined;
  let metrics: Metrics | undefined;
  let server: HttpServer | undefined;
  let dispatcher: Dispatcher | undefined;
  let metadata: object | undefined;

  const runner = new Runner(deps.startThread ?? startModelThread, deps.runnerLimits ?? RUNNER_LIMITS, {
    onReady: (facts) => log.info({ runtime: facts.runtime }, "inference thread ready"),
    onFailure(error, pauseMs) {
      log.error({ err: error.cause, code: error.code, pauseMs }, "inference thread failed");
      if (pauseMs !== undefined) metrics?.threadRestarted();
      // Nobody waits for something that is not there: callers, and the proxy, can turn elsewhere at once.
      dispatcher?.dropWaiting(error, "inference_failed");
    },
  });

  void runner.broken.then((cause) => {
    // After a run that hangs no thread fails any more, and nobody else would tell those who wait.
    dispatcher?.dropWaiting(
      retryable("inference_failed", "the model does not answer; try again", cause),
      "inference_failed",
    );
  });

  const unreadiness = (): string | undefined => {
    if (state === "stopping" || state === "stopped") return "the worker is stopping";
    return state === "ready" && runner.isReady ? undefined : "the model is being loaded";
  };

  const serve = (source: ModelSource): { metrics: Metrics; server: HttpServer } => {
    const lag = watchEventLoop();
    eventLoop = lag;
    const bodyMs = deps.bodyMs ?? BODY_DEADLINE_MS;
    const createdMetrics = createMetrics({
      name: options.name,
      labels: source.labels.canonical,
      queueLimit: options.maxQueue,
      queueDepth: () => dispatcher?.depth ?? 0,
      isReady: () => unreadiness() === undefined,
      eventLoopLagSeconds: () => lag.p99Seconds(),
      process: deps.usage && createProcessReadings(deps.usage),
    });
    const predict = createPredictHandler({
      limits: {
        texts: Math.min(options.maxTexts, options.maxQueue),
        characters: options.maxInputChars,
        bodyBytes: options.maxBodyBytes,
        bodyMs,
      },
      metrics: createdMetrics,
      log,
      async predict(texts, signal) {
        const reason = unreadiness();
        if (reason !== undefined || dispatcher === undefined) {
          throw retryable(
            state === "stopping" ? "stopping" : "not_ready",
            `${reason}; try again in a moment`,
          );
        }
        return dispatcher.predict(texts, signal);
      },
    });
    const createdServer = createHttpServer({
      predict,
      metrics: createdMetrics,
      log,
      headersMs: deps.headersMs ?? HEADERS_DEADLINE_MS,
      bodyMs,
      unreadiness,
      metadata: () => metadata,
    });
    return { metrics: createdMetrics, server: createdServer };
  };

  const load = async (source: ModelSource, record: Metrics): Promise<ThreadFacts> => {
    const revision = await readRevision(source.graphPath);
    const facts = await runner.start({
      modelDirectory: source.directory,
      graphPath: source.graphPath,
      limitTokens: source.limitTokens,
      threads: options.threads,
      labelCount: source.labels.canonical.length,
    });
    dispatcher = new Dispatcher({
      labels: source.labels.canonical,
      runner,
      record,
      limitEntries: options.maxQueue,
      deadlineMs: deps.queueMs ?? QUEUE_DEADLINE_MS,
    });
    const { modelName, dtype, labels } = source;
    const joined = labels.canonical.join(",");
    record.describeModel({ model_name: modelName, revision, dtype, runtime: facts.runtime, labels: joined });
    metadata = describeWorker(options, source, { revision, runtime: facts.runtime, node: deps.nodeVersion });
    return facts;
  };

  let stopped: Promise<void> | undefined;
  const close = async () => {
    state = "stopping";
    const startedAt = performance.now();
    await server?.close(stopMs, (error) => dispatcher?.dropWaiting(error, "stopping"));
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
    failed: runner.broken,
    async start() {
      state = "loading";
      const startedAt = performance.now();
      log.info({ model: options.modelDirectory, dtype: options.dtype }, "starting");
      try {
        const source = await readModelSource(options.modelDirectory, options.dtype, options.labels);
        checkNotStopped();
        const serving = serve(source);
        metrics = serving.metrics;
        server = serving.server;
        await server.listen(options.host, options.port);
        await load(source, serving.metrics);
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
