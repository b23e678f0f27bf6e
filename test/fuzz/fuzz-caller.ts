import { connect } from "node:net";

export interface Outcomes {
  /** Final answers by status. */
  readonly answers: Map<string, number>;
  /** Connections by how they ended. */
  readonly endings: Map<"closed by the gateway" | "closed by the caller" | "cut by the caller", number>;
}

/** How a caller behaves while it sends. */
export type Manner = "at once" | "in pieces" | "cut";

/** Once everything sound is answered: what is still not answered then waits for more, which will not come. */
const SHORT_SILENCE_MS = 40;
const LONG_SILENCE_MS = 2000;
const FINAL_STATUS = /HTTP\/1\.1 ([2-5]\d\d) /g;

/**
 * Sends the bytes of one connection, of which `sound` messages will surely be answered if they are served at all,
 * and resolves when it is closed on both sides.
 */
export function callFuzzed(
  port: number,
  bytes: string,
  { messages, sound }: { readonly messages: number; readonly sound: number },
  manner: Manner,
  outcomes: Outcomes,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let answers = 0;
  let ended = false;
  let closedFirst = false;
  const end = () => {
    if (ended) return;
    ended = true;
    socket.end();
  };
  socket
    .setNoDelay(true)
    .setEncoding("latin1")
    .setTimeout(sound === 0 ? SHORT_SILENCE_MS : LONG_SILENCE_MS);
  socket.on("data", (text: string) => {
    for (const [, status = ""] of text.matchAll(FINAL_STATUS)) {
      answers++;
      outcomes.answers.set(status, (outcomes.answers.get(status) ?? 0) + 1);
    }
    if (answers >= messages) end();
    else if (answers >= sound) socket.setTimeout(SHORT_SILENCE_MS);
  });
  socket.on("timeout", () => (ended ? socket.destroy() : end()));
  socket.on("error", () => undefined);
  socket.once("end", () => {
    closedFirst = !ended;
    end();
  });
  socket.once("close", () => {
    const ending =
      manner === "cut" ? "cut by the caller" : closedFirst ? "closed by the gateway" : "closed by the caller";
    outcomes.endings.set(ending, (outcomes.endings.get(ending) ?? 0) + 1);
    resolve();
  });
  if (manner === "in pieces") {
    const middle = bytes.length >> 1;
    socket.write(bytes.slice(0, middle), "latin1", () => socket.write(bytes.slice(middle), "latin1"));
  } else {
    socket.write(bytes, "latin1", manner === "cut" ? () => socket.resetAndDestroy() : undefined);
  }
  return promise;
}
