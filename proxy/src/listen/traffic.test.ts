import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { type RequestListener, request } from "node:http";
import { request as requestTls } from "node:https";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import test, { type TestContext } from "node:test";
import { type TLSSocket, connect as tlsConnect } from "node:tls";
import { exchangeRaw, rawRequest } from "../../../test/support/raw-http.ts";
import { startTraffic } from "../../../test/support/traffic-listener.ts";
import { createCertificate } from "./test-certificate.ts";

const greet: RequestListener = (_request, response) => void response.end("hello");

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

async function open(t: TestContext, port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

async function openTls(t: TestContext, port: number): Promise<TLSSocket> {
  const socket = tlsConnect({ port, ALPNProtocols: ["http/1.1"], rejectUnauthorized: false });
  socket.on("error", () => undefined);
  t.after(() => socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

async function askOn(socket: Socket): Promise<string> {
  socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  const [bytes] = await once(socket, "data");
  return String(bytes);
}

async function startUnix(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-unix-"));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, "traffic.sock");
}

async function askUnix(socketPath: string): Promise<string> {
  const call = request({ socketPath, path: "/", agent: false }).end();
  const [response] = await once(call, "response");
  return text(response);
}

test("over TLS, callers of HTTP/1.1 get HTTP/1.1", async (t) => {
  const tls = await createCertificate("http1.test");
  const { port } = await startTraffic(
    t,
    (request, response) => void response.end(`${request.httpVersion} ${"encrypted" in request.socket}`),
    { tls },
  );
  const call = requestTls({ port, path: "/", agent: false, rejectUnauthorized: false }).end();
  const [response] = await once(call, "response");
  assert.equal(await text(response), "1.1 true");
});

test("over TLS, what the parser refuses is answered in our words", async (t) => {
  const tls = await createCertificate("refusal.test");
  const { port, refused } = await startTraffic(t, greet, { tls });
  const socket = await openTls(t, port);
  socket.write("nonsense\r\n\r\n");
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1.1 400 /);
  assert.match(answer, /"code":"bad_request"/);
  assert.deepEqual(refused, ["bad_request"]);
});

test("bytes that are no TLS close the connection, and nothing else happens", async (t) => {
  const tls = await createCertificate("plain.test");
  const { port, refused, open: connections } = await startTraffic(t, greet, { tls });
  const answer = await exchangeRaw(port, rawRequest("GET", "/", {}));
  assert.ok(!answer.text.includes("HTTP/"));
  await until(() => connections.value === 0);
  assert.deepEqual(refused, []);
});

test("a new certificate is served to new connections while old ones go on", async (t) => {
  const [old, next] = await Promise.all([createCertificate("old.test"), createCertificate("new.test")]);
  const { port, listener, config } = await startTraffic(t, greet, { tls: old });
  const first = await openTls(t, port);
  assert.equal(first.getPeerCertificate().subject.CN, "old.test");
  listener.apply({ ...config, listen: { ...config.listen, tls: next } });
  const second = await openTls(t, port);
  assert.equal(second.getPeerCertificate().subject.CN, "new.test");
  assert.match(await askOn(first), /hello/);
  assert.match(await askOn(second), /hello/);
});

test("TLS below 1.2 is not spoken", async (t) => {
  const tls = await createCertificate("version.test");
  const { port } = await startTraffic(t, greet, { tls });
  const socket = tlsConnect({
    port,
    rejectUnauthorized: false,
    minVersion: "TLSv1.1",
    maxVersion: "TLSv1.1",
    ciphers: "DEFAULT@SECLEVEL=0",
  });
  await assert.rejects(once(socket, "secureConnect"));
});

test("a unix socket serves beside the port, with no address of its callers, for owner and group alone", async (t) => {
  const unix = await startUnix(t);
  const { port, listener } = await startTraffic(
    t,
    (request, response) => void response.end(`<${request.socket.remoteAddress ?? ""}>`),
    { unix },
  );
  assert.equal(await askUnix(unix), "<>");
  assert.equal((await stat(unix)).mode & 0o777, 0o660);
  assert.equal((await exchangeRaw(port, rawRequest("GET", "/", {}))).status, 200);
  await listener.drain(0);
  await assert.rejects(stat(unix), { code: "ENOENT" });
});

test("a unix socket that a dead process left is replaced; a living one, and any other file, is not", async (t) => {
  const unix = await startUnix(t);
  await startTraffic(t, greet, { unix });
  await assert.rejects(startTraffic(t, greet, { unix }), { code: "EADDRINUSE", address: unix });
  assert.equal(await askUnix(unix), "hello");

  const file = `${unix}.txt`;
  await writeFile(file, "precious");
  await assert.rejects(startTraffic(t, greet, { unix: file }), /no socket/);

  const stale = `${unix}.stale`;
  await leaveStaleSocket(stale);
  await startTraffic(t, greet, { unix: stale });
  assert.equal(await askUnix(stale), "hello");
});

/** As a killed process leaves it: node removes the file of a server that closes, but not a second name of it. */
async function leaveStaleSocket(path: string): Promise<void> {
  const { createServer } = await import("node:net");
  const { link } = await import("node:fs/promises");
  const server = createServer().listen(`${path}.first`);
  await once(server, "listening");
  await link(`${path}.first`, path);
  server.close();
  await once(server, "close");
}

test("with reuse_port, two listeners share a port; without, the second is refused", async (t) => {
  const first = await startTraffic(t, greet, { reusePort: true });
  const second = await startTraffic(t, greet, { reusePort: true, port: first.port });
  assert.equal(second.port, first.port);
  await first.listener.drain(0);
  assert.equal((await exchangeRaw(second.port, rawRequest("GET", "/", {}))).status, 200);
  await assert.rejects(startTraffic(t, greet, { port: first.port }), { code: "EADDRINUSE" });
});

test("one connection too many is told so, with Retry-After; a closed one makes room; limits follow a reload", async (t) => {
  const traffic = await startTraffic(t, greet, { maxConnections: 2 });
  const [first] = [await open(t, traffic.port), await open(t, traffic.port)];
  await until(() => traffic.open.value === 2);
  const answer = await exchangeRaw(traffic.port, "");
  assert.equal(answer.status, 503);
  assert.equal((JSON.parse(answer.body) as { code: string }).code, "too_many_connections");
  assert.deepEqual(
    answer.headers.find(([name]) => name === "retry-after"),
    ["retry-after", "1"],
  );
  assert.deepEqual(traffic.refused, ["too_many_connections"]);
  assert.equal(traffic.limit.value, 2);

  first.destroy();
  await until(() => traffic.open.value === 1);
  assert.match(await askOn(await open(t, traffic.port)), /hello/);

  const { config, listener } = traffic;
  listener.apply({ ...config, listen: { ...config.listen, maxConnections: 3 } });
  assert.match(await askOn(await open(t, traffic.port)), /hello/);
  assert.equal(traffic.limit.value, 3);
});

test("connections of one address have their own limit", async (t) => {
  const traffic = await startTraffic(t, greet, { maxConnectionsPerAddress: 1 });
  const first = await open(t, traffic.port);
  await until(() => traffic.open.value === 1);
  assert.match((await exchangeRaw(traffic.port, "")).body, /from this address/);
  const other = connect({ port: traffic.port, host: "127.0.0.1", localAddress: "127.0.0.2" });
  t.after(() => other.destroy());
  assert.match(await askOn(other), /hello/);
  first.destroy();
  await until(() => traffic.open.value === 1);
  assert.match(await askOn(await open(t, traffic.port)), /hello/);
});

test("over TLS, one connection too many is closed before its handshake", async (t) => {
  const tls = await createCertificate("limit.test");
  const traffic = await startTraffic(t, greet, { tls, maxConnections: 1 });
  await openTls(t, traffic.port);
  await assert.rejects(once(tlsConnect({ port: traffic.port, rejectUnauthorized: false }), "secureConnect"));
  assert.deepEqual(traffic.refused, ["too_many_connections"]);
});

test("a drain closes idle TLS connections at once and stuck handshakes at its deadline", async (t) => {
  const tls = await createCertificate("drain.test");
  const traffic = await startTraffic(t, greet, { tls });
  const idle = await openTls(t, traffic.port);
  const stuck = await open(t, traffic.port);
  await until(() => traffic.open.value === 2);
  const order: string[] = [];
  idle.resume().once("close", () => order.push("idle"));
  stuck.resume().once("close", () => order.push("stuck"));
  await traffic.listener.drain(200);
  await until(() => order.length === 2);
  assert.deepEqual(order, ["idle", "stuck"]);
});
