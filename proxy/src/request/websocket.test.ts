import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { WebSocket as Caller, WebSocketServer } from "ws";
import { exchangeRaw } from "../../../test/support/raw-http.ts";
import { startProxy } from "../../../test/support/running-proxy.ts";
import { createCertificate } from "../listen/test-certificate.ts";
import { handshake, open, startPair, until } from "./test-websockets.ts";

test("a user meets the same variant by WebSocket as by a plain request", async (t) => {
  const { proxy } = await startPair(t);
  for (const id of ["alice", "bob", "carol", "dave"]) {
    const explained = await fetch(`${proxy.admin}/explain?id=${id}`);
    const { variant } = (await explained.json()) as { variant: string };
    for (let round = 0; round < 3; round++)
      assert.equal((await open(t, proxy, { "x-user-id": id })).variant, variant, id);
  }
});

test("a new session gets its cookie in the 101 and stays with its variant", async (t) => {
  const { proxy } = await startPair(t);
  for (let round = 0; round < 5; round++) {
    const first = await open(t, proxy);
    const [cookie = ""] = first.answer.headers["set-cookie"] ?? [];
    assert.match(cookie, /^model_session=/);
    const again = await open(t, proxy, { cookie: cookie.split(";")[0] ?? "" });
    assert.equal(again.variant, first.variant);
  }
});

test("the 101 of every variant has the same fields in the same order, and no name of a service", async (t) => {
  const { proxy } = await startPair(t);
  const seen = new Set<string>();
  for (const id of ["alice", "bob", "carol", "dave"]) {
    const { answer } = await open(t, proxy, { "x-user-id": id });
    seen.add(answer.rawHeaders.filter((_, index) => index % 2 === 0).join());
    assert.equal(answer.headers.server, undefined);
  }
  assert.deepEqual([...seen], ["upgrade,connection,sec-websocket-accept,x-request-id"]);
});

test("a subprotocol passes, extensions do not, and the upstream is told where the request comes from", async (t) => {
  const { a, b, proxy } = await startPair(t, "", {
    handleProtocols: (offered: Set<string>) => (offered.has("chat.v2") ? "chat.v2" : false),
    perMessageDeflate: true,
  });
  const { socket, answer } = await open(
    t,
    proxy,
    { "x-user-id": "alice", "x-forwarded-for": "6.6.6.6", "x-own": "kept", "x-request-id": "r-1" },
    { protocols: ["chat.v1", "chat.v2"], path: "/chat?room=1" },
  );
  assert.equal(socket.protocol, "chat.v2");
  assert.equal(socket.extensions, "");
  assert.equal(answer.headers["x-request-id"], "r-1");
  const [request] = [...a.seen, ...b.seen];
  assert.equal(request?.url, "/chat?room=1");
  assert.equal(request.headers["sec-websocket-extensions"], undefined);
  assert.equal(request.headers["x-forwarded-for"], "127.0.0.1");
  assert.equal(request.headers["x-forwarded-proto"], "http");
  assert.equal(request.headers["x-request-id"], "r-1");
  assert.equal(request.headers["x-own"], "kept");
  assert.ok([a.url, b.url].includes(`http://${request.headers.host}`));
});

test("big messages pass both ways, text and binary, with what was sent right behind the handshake", async (t) => {
  const { proxy } = await startPair(t);
  const { socket } = await open(t, proxy);
  const big = Buffer.alloc(20 * 1024 * 1024, "0123456789");
  socket.send(big);
  const [echoed, isBinary] = await once(socket, "message");
  assert.ok(isBinary);
  assert.ok(big.equals(echoed as Buffer));
  const messages = Array.from({ length: 1000 }, (_, index) => `message ${index}`);
  const heard: string[] = [];
  socket.on("message", (data) => heard.push(String(data)));
  for (const message of messages) socket.send(message);
  await until(() => heard.length === messages.length);
  assert.deepEqual(heard, messages);

  // A masked "hi" right behind the head, in the same packet; then a close frame.
  const hi = "\x81\x82\x00\x00\x00\x00hi\x88\x80\x00\x00\x00\x00";
  const answer = await exchangeRaw(proxy.port, handshake("/") + hi);
  assert.equal(answer.status, 101);
  assert.ok(answer.body.includes("\x81\x02hi"));
});

test("over TLS on both sides, the service's certificate is checked", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-wss-"));
  t.after(() => rm(folder, { recursive: true }));
  const certificates = await Promise.all([
    createCertificate("proxy.test"),
    createCertificate("service.test"),
  ]);
  for (const { cert, key } of certificates) {
    await writeFile(join(folder, cert.file), cert.pem);
    await writeFile(join(folder, key.file), key.pem);
  }
  const [, { cert, key }] = certificates;
  const server = createTlsServer({ cert: cert.pem, key: key.pem });
  new WebSocketServer({ server }).on("connection", (socket, { url }) => socket.send(`secret ${url}`));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const yaml = (tls: string) => `experiment: { name: test }
variants: [{ name: only, weight: 100, upstreams: [{ url: "https://localhost:${port}/prefix", tls: ${tls} }] }]
listen: { tls: { cert: ${folder}/proxy.test.crt, key: ${folder}/proxy.test.key } }
`;
  const trusting = await startProxy(t, yaml(`{ ca: ${folder}/service.test.crt }`));
  const socket = new Caller(`wss://127.0.0.1:${trusting.port}/chat`, { rejectUnauthorized: false });
  t.after(() => socket.terminate());
  assert.equal(String((await once(socket, "message"))[0]), "secret /prefix/chat");

  const doubting = await startProxy(t, yaml("{}"));
  const refused = new Caller(`wss://127.0.0.1:${doubting.port}/chat`, { rejectUnauthorized: false });
  refused.on("error", () => undefined);
  const [, answer] = (await once(refused, "unexpected-response")) as [unknown, IncomingMessage];
  assert.equal(answer.statusCode, 502);
});
