import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they were sent. */
  readonly content: string;
}

/** As much of RFC 5321 as taking a mail needs. */
async function converse(socket: Socket, take: (mail: Mail) => void): Promise<void> {
  const answer = (line: string) => void socket.write(`${line}\r\n`);
  const address = (line: string) => /<([^>]*)>/.exec(line)?.[1] ?? "";
  let [from, to, content]: [string, string[], string[] | undefined] = ["", [], undefined];
  answer("220 mail.test ESMTP");
  for await (const line of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
    const command = line.slice(0, 4).toUpperCase();
    if (content !== undefined) {
      if (line !== ".") {
        content.push(line.startsWith("..") ? line.slice(1) : line);
        continue;
      }
      take({ from, to, content: content.join("\r\n") });
      [from, to, content] = ["", [], undefined];
      answer("250 taken");
    } else if (command === "DATA") {
      content = [];
      answer("354 end with a dot");
    } else if (command === "QUIT") {
      answer("221 bye");
      socket.end();
    } else {
      if (command === "MAIL") from = address(line);
      if (command === "RCPT") to.push(address(line));
      answer("250 mail.test");
    }
  }
}

/** A mail server on this machine until the test ends; `server` is its host and port. */
export async function startMailServer(t: TestContext): Promise<{ server: string; mails: readonly Mail[] }> {
  const mails: Mail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    converse(socket, (mail) => void mails.push(mail)).catch(() => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { server: `127.0.0.1:${(server.address() as AddressInfo).port}`, mails };
}
