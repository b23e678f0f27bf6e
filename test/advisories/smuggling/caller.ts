import { once } from "node:events";
import { connect } from "node:net";

export interface Heard {
  /** Of the final answers, in their order. */
  readonly statuses: readonly number[];
  /** Whether the other side closed first. */
  readonly closed: boolean;
  readonly text: string;
}

/** A connection that ought to be closed and is not is given up after this. */
const PATIENCE_MS = 3000;

/**
 * Writes bytes (one character each) to a socket. Once `answers` final answers have begun, says that nothing more
 * will come, and waits until the other side has closed; with `"closing"` it only waits.
 */
export async function callRaw(port: number, bytes: string, answers: number | "closing"): Promise<Heard> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let text = "";
  let ended = false;
  let closed = false;
  const end = () => {
    if (ended) return;
    ended = true;
    socket.end();
  };
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
    if (answers !== "closing" && statusesOf(text).length >= answers) setImmediate(end);
  });
  socket.on("error", () => undefined);
  socket.once("end", () => {
    closed = !ended;
    end();
  });
  const patience = setTimeout(() => socket.destroy(), PATIENCE_MS);
  socket.write(bytes, "latin1");
  if (answers === 0) end();
  await once(socket, "close");
  clearTimeout(patience);
  return { statuses: statusesOf(text), closed, text };
}

/** Status lines only begin an answer: no body of the gateway or of the recorder holds one. */
function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map(([, status]) => Number(status));
}
