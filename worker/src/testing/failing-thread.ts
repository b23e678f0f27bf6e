import { parentPort } from "node:worker_threads";
import type { FromThread, ToThread } from "../inference/protocol.ts";

/**
 * A real inference thread without a model, for tests of failures: it throws when a text says so and
 * otherwise answers that the first of two labels wins.
 */
const send = (message: FromThread) => parentPort?.postMessage(message);

parentPort?.on("message", (message: ToThread) => {
  if (message.type === "close") {
    parentPort?.close();
    return;
  }
  if (message.text === "throw") throw new Error("thrown in the inference thread");
  if (message.text === "refuse") {
    send({ type: "refused", id: message.id, reason: "no tokens" });
    return;
  }
  const logits = Float32Array.from([1, 0]);
  send({ type: "result", id: message.id, logits, runSeconds: 0.001, tokenizeSeconds: 0, isTruncated: false });
});
send({ type: "ready", runtime: "failing 1" });
