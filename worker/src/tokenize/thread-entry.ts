import { parentPort, workerData } from "node:worker_threads";
import { WorkerError } from "../errors.ts";
import { readTokenizerFiles } from "../model/source.ts";
import { createTokenizer } from "../model/tokenizer.ts";
import { createEncoder } from "./encoder.ts";
import type { FromTokenizer, TokenizerThreadData, ToTokenizer } from "./thread-protocol.ts";

/** What runs in the tokenizer thread: texts that would hold up the main thread. */
const port = parentPort;
if (port === null) throw new Error("thread-entry.ts runs only as a worker_thread");
const data = workerData as TokenizerThreadData;

const { definition, settings } = await readTokenizerFiles(data.modelDirectory);
const encoder = createEncoder(createTokenizer(definition, settings), data);

port.on("message", (message: ToTokenizer) => {
  if (message.type === "close") port.close();
  else port.postMessage(encode(message.text));
});

function encode(text: string): FromTokenizer {
  const startedAtMs = performance.now();
  try {
    const encoded = encoder.encode(text);
    return { type: "encoded", encoded, tokenizeSeconds: (performance.now() - startedAtMs) / 1000 };
  } catch (error) {
    if (error instanceof WorkerError) return { type: "overlong", message: error.message };
    return { type: "refused", reason: String(error) };
  }
}
