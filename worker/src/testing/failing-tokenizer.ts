import { parentPort } from "node:worker_threads";
import type { FromTokenizer, ToTokenizer } from "../tokenize/thread-protocol.ts";

/**
 * A real tokenizer thread without a vocabulary, for tests of failures: it throws, refuses or keeps silent when a
 * text begins with that word, and otherwise answers one sequence with the text's length.
 */
const send = (message: FromTokenizer) => parentPort?.postMessage(message);

parentPort?.on("message", (message: ToTokenizer) => {
  if (message.type === "close") {
    parentPort?.close();
    return;
  }
  if (message.text.startsWith("throw")) throw new Error("thrown in the tokenizer thread");
  if (message.text.startsWith("silence")) return;
  if (message.text.startsWith("refuse")) {
    send({ type: "refused", reason: "choked" });
    return;
  }
  const sequences = [Int32Array.of(message.text.length)];
  const encoded = { sequences, tokens: 1, unknownTokens: 0, isTruncated: false };
  send({ type: "encoded", encoded, tokenizeSeconds: 0.001 });
});
