import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { readStrictly, type StrictRequest } from "./strict.ts";

export interface Recorder {
  readonly url: string;
  /** Whole requests since `forget`, in the order of their ends. */
  readonly requests: readonly StrictRequest[];
  /** What no strict server would have taken, since `forget`. */
  readonly flaws: readonly string[];
  /** Bytes of requests that are not whole, of all connections that are open. */
  unfinished(): string;
  forget(): void;
}

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";

/** A TCP server that keeps every byte and answers each request that a strict reading finds in them. */
export async function startRecorder(t: TestContext): Promise<Recorder> {
  const pending = new Map<Socket, string>();
  const requests: StrictRequest[] = [];
  const flaws: string[] = [];
  const server = createServer((socket) => {
    pending.set(socket, "");
    socket.setEncoding("latin1");
    socket.on("error", () => undefined).once("close", () => pending.delete(socket));
    socket.on("data", (text: string) => take(socket, text));
  });

  function take(socket: Socket, text: string): void {
    let bytes = (pending.get(socket) ?? "") + text;
    while (bytes !== "") {
      const reading = readStrictly(bytes);
      if (reading.kind === "incomplete") break;
      if (reading.kind === "flawed") {
        flaws.push(reading.flaw);
        pending.delete(socket);
        socket.end(`${OK}no`);
        return;
      }
      const { request } = reading;
      requests.push(request);
      bytes = bytes.slice(request.text.length);
      socket.write(request.method === "HEAD" ? OK : `${OK}ok`);
    }
    pending.set(socket, bytes);
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of pending.keys()) socket.destroy();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    flaws,
    unfinished: () => [...pending.values()].join(""),
    forget() {
      requests.length = 0;
      flaws.length = 0;
    },
  };
}
