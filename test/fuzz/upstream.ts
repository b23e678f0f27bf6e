import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { readStrictly } from "../advisories/smuggling/strict.ts";
import type { Ledger } from "./ledger.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n";
/** The last closes its connection. */
const ANSWERS = [
  `${OK}content-length: 2\r\n\r\nok`,
  `${OK}content-length: 2\r\n\r\nok`,
  `${OK}transfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n`,
  "HTTP/1.1 500 Oh\r\ncontent-length: 2\r\n\r\nno",
  "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n",
  `${OK}connection: close\r\n\r\nok`,
];
const CLOSING = ANSWERS.length - 1;

/** A service that enters every request in the ledger, and every one that is not sound. */
export async function startFuzzUpstream(ledger: Ledger): Promise<{ url: string; stop(): void }> {
  const sockets = new Set<Socket>();
  let turn = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    let bytes = "";
    socket.setEncoding("latin1").on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
    socket.on("data", (text: string) => {
      bytes += text;
      while (bytes !== "") {
        const reading = readStrictly(bytes);
        if (reading.kind === "incomplete") return;
        if (reading.kind === "flawed") {
          ledger.violations.push(`the upstream was sent a flawed request: ${reading.flaw}`);
          return void socket.destroy();
        }
        const { method, target, text: whole } = reading.request;
        ledger.see(target);
        bytes = bytes.slice(whole.length);
        const kind = turn++ % 97 === 0 ? CLOSING : turn % CLOSING;
        if (method === "HEAD") socket.write(`${OK}content-length: 2\r\n\r\n`);
        else if (kind === CLOSING) return void socket.end(ANSWERS[CLOSING] ?? "");
        else socket.write(ANSWERS[kind] ?? "");
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
