import { env, InferenceSession, listSupportedBackends, Tensor } from "onnxruntime-node";
import { findPorts, type GraphPorts } from "./graph.ts";
import type { Batch, RunResult, ThreadData, TokenBatch } from "./protocol.ts";
import { TokenBuffers } from "./token-buffers.ts";

/** One loaded graph. Importing this file loads the native library, so only the inference thread may. */
export interface Session {
  readonly runtime: string;
  run(batch: Batch): Promise<RunResult>;
  release(): Promise<void>;
}

export type SessionData = Pick<
  ThreadData,
  "graphPath" | "input" | "threads" | "provider" | "outputs" | "padId"
>;

/** @throws Error when the provider is not there, or the graph takes or answers something we do not know. */
export async function openSession(data: SessionData): Promise<Session> {
  checkProvider(data.provider);
  const session = await createSession(data);
  const ports = findPorts(session, data.input, data.outputs);
  const buffers = new TokenBuffers(data.padId);
  return {
    runtime: `onnxruntime-node ${env.versions.node}`,
    async run(batch) {
      const sequences = batch.kind === "tokens" ? batch.lengths.length : batch.texts.length;
      const feeds =
        batch.kind === "tokens" ? tokenFeeds(batch, ports, buffers) : textFeeds(batch.texts, ports);
      const startedAtMs = performance.now();
      const answered = await session.run(feeds, [ports.output]);
      const runSeconds = (performance.now() - startedAtMs) / 1000;
      const found = answered[ports.output];
      if (!(found?.data instanceof Float32Array) || found.data.length !== sequences * data.outputs) {
        throw new Error(
          `the graph answered ${found?.type} of shape [${found?.dims}] where float32 of shape [${sequences},${data.outputs}] ` +
            "was due; id2label in config.json, the setting task and the graph do not belong together",
        );
      }
      // A copy, because the tensor's memory belongs to the native side.
      return { rows: Float32Array.from(found.data), runSeconds };
    },
    release: () => session.release(),
  };
}

async function createSession(data: SessionData): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [data.provider],
    // onnxruntime sizes its pool from the host when these are left out, which in a container is wrong.
    intraOpNumThreads: data.threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    // A pattern would be kept for every shape that ever occurs, and there are thousands.
    enableMemPattern: false,
  };
  try {
    return await InferenceSession.create(data.graphPath, options);
  } catch (cause) {
    if (data.provider === "cpu") throw cause;
    // onnxruntime knows providers that it does not bring along, and says so only now.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `with the provider ${data.provider}: ${reason}; install what it needs, or set provider: cpu`,
      { cause },
    );
  }
}

function checkProvider(provider: string): void {
  const supported = listSupportedBackends().map(({ name }) => name);
  if (supported.includes(provider)) return;
  throw new Error(
    `this build of onnxruntime has no provider ${JSON.stringify(provider)}; it has ${supported.join(", ")}: set provider to one of them`,
  );
}

function tokenFeeds(batch: TokenBatch, ports: GraphPorts, buffers: TokenBuffers): Record<string, Tensor> {
  const filled = buffers.fill(batch);
  const shape = [batch.lengths.length, filled.width];
  const feeds: Record<string, Tensor> = {};
  for (const name of ports.inputs) {
    const values = name === "input_ids" ? filled.ids : name === "attention_mask" ? filled.mask : filled.zeros;
    feeds[name] = new Tensor("int64", values, shape);
  }
  return feeds;
}

function textFeeds(texts: readonly string[], ports: GraphPorts): Record<string, Tensor> {
  const [name = ""] = ports.inputs;
  const shape = ports.inputRank === 1 ? [texts.length] : [texts.length, 1];
  // The binding hands strings over as C does: what stands behind a U+0000 would be lost.
  return {
    [name]: new Tensor(
      "string",
      texts.map((text) => text.replaceAll("\0", " ")),
      shape,
    ),
  };
}
