import { parentPort, workerData } from "node:worker_threads";
import { readTokenizerFiles } from "../model/source.ts";
import { createTokenizer, type Tokens } from "../model/tokenizer.ts";
import type { FromThread, RunMessage, ThreadData, ToThread } from "./protocol.ts";
import { openSession } from "./session.ts";

/**
 * What runs in the inference thread: text → tokens → logits. Tokenising is here and not on the main thread
 * because some texts of 10,000 characters take 0.2 s, and health checks must not wait for them.
 *
 * An exception of the session is not handled here on purpose: it ends the thread, and the main side answers the
 * callers and starts another one. Nothing of a session that threw is trusted again.
 */
const port = parentPort;
if (port === null) throw new Error("thread-entry.ts runs only as a worker_thread");
const data = workerData as ThreadData;

const { definition, settings } = await readTokenizerFiles(data.modelDirectory);
const tokenizer = createTokenizer(definition, settings, data.limitTokens);
const session = await openSession(data);
// A short run and one of full length: afterwards the memory a run can need is there, and stays.
for (const text of ["a", "warm up ".repeat(data.limitTokens)]) await session.run(tokenizer.encode(text).ids);

// Runs are chained: `session.run` called twice at once would count the first one's time in the second's.
let tail: Promise<void> = Promise.resolve();
port.on("message", (message: ToThread) => {
  tail = tail.then(() => (message.type === "run" ? answer(message) : close()));
});
send({ type: "ready", runtime: session.runtime });

async function answer(message: RunMessage): Promise<void> {
  const { id } = message;
  const startedAt = performance.now();
  let tokens: Tokens;
  try {
    tokens = tokenizer.encode(message.text);
  } catch (error) {
    // Pure code without state: one text it chokes on says nothing about the next.
    send({ type: "refused", id, reason: String(error) });
    return;
  }
  const tokenizeSeconds = (performance.now() - startedAt) / 1000;
  const { logits, runSeconds } = await session.run(tokens.ids);
  const { isTruncated } = tokens;
  send({ type: "result", id, logits, runSeconds, tokenizeSeconds, isTruncated }, [logits.buffer]);
}

/** Ends the thread by leaving it nothing to wait for; terminating it during a run may abort the process. */
async function close(): Promise<void> {
  await session.release();
  port?.close();
}

function send(message: FromThread, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}
