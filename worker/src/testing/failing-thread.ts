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
  const texts = message.batch.kind === "text" ? message.batch.texts : [];
  if (texts.includes("throw")) throw new Error("thrown in the inference thread");
  const rows = Float32Array.from(texts.flatMap(() => [1, 0]));
  send({ type: "result", id: message.id, rows, runSeconds: 0.001 });
});
send({ type: "ready", runtime: "failing 1" });
