import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import test from "node:test";
import { WebSocket as Caller } from "ws";
import { exchangeRaw, rawRequest } from "../../../test/support/raw-http.ts";
import { configuration, startProxy } from "../../../test/support/running-proxy.ts";
import { startBytes, unusedUrl } from "../../../test/support/upstream.ts";
import { codeOf, handshake, open, startPair, startService, until } from "./test-websockets.ts";

test("hidden paths, bad ids and doubtful heads are refused like plain requests, and never reach a service", async (t) => {
  const { a, b, proxy } = await startPair(t, "blind: { hidden_paths: [/admin] }");
  const cases: readonly (readonly [string, number, string])[] = [
    [handshake("/metrics"), 404, "not_found"],
    [handshake("/%61dmin/x"), 404, "not_found"],
    [handshake("/", { "x-user-id": "" }), 400, "id_empty"],
    [handshake("/", { connection: "Upgrade, x-user-id", "x-user-id": "alice" }), 400, "ambiguous_request"],
  ];
  for (const [index, [bytes, status, code]] of cases.entries()) {
    const answer = await exchangeRaw(proxy.port, bytes);
    assert.equal(answer.status, status, answer.text);
    assert.equal(codeOf(answer.body), code);
    assert.equal(await proxy.metric("ab_refusals_total"), index + 1);
    assert.equal(await proxy.metric("ab_requests_total"), index + 1);
  }
  assert.equal(a.seen.length + b.seen.length, 0);
});

test("an upgrade that is no valid WebSocket handshake is served as a plain request", async (t) => {
  const { proxy, a, b } = await startPair(t);
  const plain = [
    handshake("/", { upgrade: "h2c" }),
    handshake("/", { "sec-websocket-key": "short" }),
    handshake("/", { "sec-websocket-version": "12" }),
    rawRequest("POST", "/", { connection: "Upgrade, close", upgrade: "websocket" }, "body"),
  ];
  for (const bytes of plain) {
    const answer = await exchangeRaw(
      proxy.port,
      bytes.replace("connection: Upgrade\r\n", "connection: Upgrade, close\r\n"),
    );
    assert.equal(answer.status, 403, answer.text);
    assert.equal(await proxy.metric("ab_requests_total", { status: "101" }), 0);
  }
  assert.equal(a.seen.length + b.seen.length, 0);
});

test("an upgrade behind an unanswered request does not cut into its answer", async (t) => {
  const { proxy } = await startPair(t);
  const first = "GET /plain HTTP/1.1\r\nhost: a\r\n\r\n";
  const answer = await exchangeRaw(
    proxy.port,
    first + handshake("/").replace("connection: Upgrade", "connection: Upgrade, close"),
  );
  assert.deepEqual(answer.text.match(/HTTP\/1.1 \d+/g), ["HTTP/1.1 403", "HTTP/1.1 403"]);
});

test("a service's refusal keeps its status and loses its words", async (t) => {
  const refusals = [
    [
      "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Bearer\r\nserver: roberta\r\ncontent-length: 7\r\n\r\nroberta",
      401,
    ],
    ["HTTP/1.1 503 Busy\r\nretry-after: 77\r\nserver: roberta\r\ncontent-length: 7\r\n\r\nroberta", 503],
    ["HTTP/1.1 200 OK\r\nserver: roberta\r\ncontent-length: 7\r\n\r\nroberta", 502],
  ] as const;
  for (const [bytes, status] of refusals) {
    const proxy = await startProxy(t, configuration({ only: await startBytes(t, bytes, "stay") }, [100]));
    const answer = await exchangeRaw(proxy.port, handshake("/"));
    assert.equal(answer.status, status, answer.text);
    assert.equal(codeOf(answer.body), "upstream_error");
    assert.ok(
      !/roberta|77/.test(answer.text.replaceAll(/[\w-]*(set-cookie|x-request-id)[^\r]*/g, "")),
      answer.text,
    );
    assert.equal(answer.text.includes("Bearer"), status === 401);
    assert.equal(
      await proxy.metric("ab_requests_total", { status: String(status), model_version: "only" }),
      1,
    );
    assert.equal(await proxy.metric("ab_upstream_in_flight", { model_version: "only" }), 0);
  }
});

test("a 101 that does not fit the handshake never reaches the caller", async (t) => {
  const accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  const head = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n";
  const answers = [
    `${head}sec-websocket-accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n`,
    `${head}sec-websocket-accept: ${accept}\r\nsec-websocket-extensions: permessage-deflate\r\n\r\n`,
    `${head}sec-websocket-accept: ${accept}\r\nsec-websocket-protocol: never-offered\r\n\r\n`,
  ];
  for (const bytes of answers) {
    const proxy = await startProxy(t, configuration({ only: await startBytes(t, bytes, "stay") }, [100]));
    const answer = await exchangeRaw(proxy.port, handshake("/"));
    assert.equal(answer.status, 502, bytes);
    assert.equal(codeOf(answer.body), "upstream_broken");
  }
});

test("a service that refuses, breaks off or stays silent is a 502, 502, 504, and the connection closes", async (t) => {
  const failures = [
    [await unusedUrl(), 502, "upstream_unreachable"],
    [await startBytes(t, "", "reset"), 502, "upstream_broken"],
    [await startBytes(t, "SSH-2.0-OpenSSH\r\n", "stay"), 502, "upstream_broken"],
    [await startBytes(t, "", "stay"), 504, "upstream_timeout"],
  ] as const;
  for (const [url, status, code] of failures) {
    const proxy = await startProxy(
      t,
      configuration({ only: url }, [100], "upstream: { first_byte_timeout: 100ms }"),
    );
    const answer = await exchangeRaw(proxy.port, handshake("/"));
    assert.equal(answer.status, status, answer.text);
    assert.equal(codeOf(answer.body), code);
    assert.ok(!answer.text.includes(new URL(url).port));
    assert.equal(await proxy.metric("ab_upstream_in_flight", { model_version: "only" }), 0);
  }
});

test("of two upstreams, one that cannot be reached is passed over", async (t) => {
  const { url } = await startService(t, "only");
  const yaml = configuration(
    { only: `${url}", "${await unusedUrl()}` },
    [100],
    "upstream: { retry_budget: 100 }",
  );
  const proxy = await startProxy(t, yaml);
  for (let round = 0; round < 5; round++) assert.equal((await open(t, proxy)).variant, "only");
});

test("a caller that leaves during the handshake takes the call of the service with it", async (t) => {
  const server = createServer();
  const asked = Promise.withResolvers<IncomingMessage>();
  server.on("upgrade", (request) => asked.resolve(request));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const proxy = await startProxy(t, configuration({ only: `http://127.0.0.1:${port}` }, [100]));
  const caller = new Caller(`ws://127.0.0.1:${proxy.port}/`);
  caller.on("error", () => undefined);
  const { socket } = await asked.promise;
  // A server's sockets may stay half open: the end is what shows.
  const closed = once(socket.resume(), "end");
  caller.terminate();
  await closed;
  await until(async () => (await proxy.metric("ab_requests_total", { status: "499" })) === 1);
  assert.equal(await proxy.metric("ab_upstream_in_flight", { model_version: "only" }), 0);
});
