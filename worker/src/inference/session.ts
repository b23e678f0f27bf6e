import { env, InferenceSession, Tensor } from "onnxruntime-node";
import type { ThreadData } from "./protocol.ts";

/** One loaded graph. Importing this file loads the native library, so only the inference thread may. */
export interface Session {
  readonly runtime: string;
  /** @param ids token ids of one text, shape [length]. */
  run(ids: BigInt64Array): Promise<SessionResult>;
  release(): Promise<void>;
}

export interface SessionResult {
  /** Shape [labels]. */
  readonly logits: Float32Array<ArrayBuffer>;
  readonly runSeconds: number;
}

/** @throws Error when the file is no graph, wants an input we do not know, or does not answer `logits`. */
export async function openSession(
  data: Pick<ThreadData, "graphPath" | "threads" | "labelCount">,
): Promise<Session> {
  const session = await InferenceSession.create(data.graphPath, {
    // onnxruntime sizes its pool from the host when these are left out, which in a container is wrong.
    intraOpNumThreads: data.threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
  });
  const unknown = session.inputNames.filter((name) => !(name in INPUTS));
  if (unknown.length > 0 || !session.outputNames.includes("logits")) {
    throw new Error(
      `the graph takes ${session.inputNames.join(", ")} and gives ${session.outputNames.join(", ")}; ` +
        `needed: at most ${Object.keys(INPUTS).join(", ")} and an output named logits`,
    );
  }
  return {
    runtime: `onnxruntime-node ${env.versions.node}`,
    async run(ids) {
      const feeds: Record<string, Tensor> = {};
      for (const name of session.inputNames) {
        const values = INPUTS[name]?.(ids);
        if (values !== undefined) feeds[name] = new Tensor("int64", values, [1, ids.length]);
      }
      const startedAt = performance.now();
      const { logits } = await session.run(feeds, ["logits"]);
      const runSeconds = (performance.now() - startedAt) / 1000;
      if (!(logits?.data instanceof Float32Array) || logits.data.length !== data.labelCount) {
        throw new Error(
          `the graph answered ${logits?.type} of shape [${logits?.dims}] where [1,${data.labelCount}] float32 was ` +
            "due; id2label in config.json and the graph do not belong together",
        );
      }
      // A copy, because the tensor's memory belongs to the native side and cannot be transferred.
      return { logits: Float32Array.from(logits.data), runSeconds };
    },
    release: () => session.release(),
  };
}

// One text per run and no padding, so every token is attended to and all are of the first segment.
const INPUTS: Readonly<Record<string, (ids: BigInt64Array) => BigInt64Array>> = {
  input_ids: (ids) => ids,
  attention_mask: (ids) => new BigInt64Array(ids.length).fill(1n),
  token_type_ids: (ids) => new BigInt64Array(ids.length),
};
