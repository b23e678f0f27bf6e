import { parentPort, workerData } from "node:worker_threads";
import type { Batch, FromThread, RunMessage, ThreadData, ToThread } from "./protocol.ts";
import { openSession } from "./session.ts";

/**
 * What runs in the inference thread: a batch → numbers. It is a thread of its own because a run blocks whoever calls
 * it, and health checks and new requests must not wait for that.
 *
 * An exception of the session is not handled here on purpose: it ends the thread, and the main side answers the
 * callers and starts another one. Nothing of a session that threw is trusted again.
 */
const port = parentPort;
if (port === null) throw new Error("thread-entry.ts runs only as a worker_thread");
const data = workerData as ThreadData;

const session = await openSession(data);
// The shapes that matter: afterwards the memory that a run can need is there, and stays.
for (const [sequences, tokens] of data.warmUp) await session.run(warmUpBatch(sequences, tokens));

// Runs are chained: `session.run` called twice at once would count the first one's time in the second's.
let tail: Promise<void> = Promise.resolve();
port.on("message", (message: ToThread) => {
  tail = tail.then(() => (message.type === "run" ? answer(message) : close()));
});
send({ type: "ready", runtime: session.runtime });

async function answer({ id, batch }: RunMessage): Promise<void> {
  const { rows, runSeconds } = await session.run(batch);
  send({ type: "result", id, rows, runSeconds });
}

/** Ends the thread by leaving it nothing to wait for; terminating it during a run may abort the process. */
async function close(): Promise<void> {
  await session.release();
  port?.close();
}

function send(message: FromThread): void {
  port?.postMessage(message);
}

/** Not of padding: some models count positions over other tokens only, and would seem to read more than they can. */
function warmUpBatch(sequences: number, tokens: number): Batch {
  if (data.input === "text")
    return { kind: "text", texts: Array.from({ length: sequences }, () => "warm up") };
  const lengths = Array.from({ length: sequences }, () => tokens);
  return { kind: "tokens", ids: new Int32Array(sequences * tokens).fill(data.padId === 0 ? 1 : 0), lengths };
}
