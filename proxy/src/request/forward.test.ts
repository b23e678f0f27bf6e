import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import test from "node:test";
import { exchangeRaw, rawRequest } from "../../../test/support/raw-http.ts";
import { configuration, startProxy } from "../../../test/support/running-proxy.ts";
import { startUpstream, unusedUrl } from "../../../test/support/upstream.ts";

const one = (url: string, more = "") => configuration({ only: url }, [100], more);

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test("method, path, query and body reach the upstream unchanged", async (t) => {
  const seen: string[] = [];
  const { url } = await startUpstream(t, async (request, response) => {
    seen.push(`${request.method} ${request.url} ${await readAll(request)}`);
    response.end("{}");
  });
  const proxy = await startProxy(t, one(url));
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const body = method === "GET" ? {} : { body: "tëxt" };
    const response = await fetch(`${proxy.url}/a%20b/c?d=e&d=%C3%A9`, { method, ...body });
    assert.equal(response.status, 200, method);
    await response.arrayBuffer();
  }
  assert.deepEqual(seen, [
    "GET /a%20b/c?d=e&d=%C3%A9 ",
    ...["POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map((method) => `${method} /a%20b/c?d=e&d=%C3%A9 tëxt`),
  ]);
});

test("a path prefix of the upstream is joined, and its own name is the Host", async (t) => {
  const seen: string[] = [];
  const { url } = await startUpstream(t, (request, response) => {
    seen.push(`${request.url} ${request.headers.host} ${request.headers["x-forwarded-host"]}`);
    response.end();
  });
  const proxy = await startProxy(t, one(`${url}/v2/models/b/`));
  await (await fetch(`${proxy.url}/infer?x`)).arrayBuffer();
  assert.deepEqual(seen, [`/v2/models/b/infer?x ${new URL(url).host} 127.0.0.1:${proxy.port}`]);
});

test("32 MiB stream up and down unchanged, with and without a declared length", async (t) => {
  const { url } = await startUpstream(t, (request, response) => void request.pipe(response));
  const proxy = await startProxy(t, one(url));
  const block = Buffer.alloc(1024 * 1024, "blindsplit");
  for (const declared of [true, false]) {
    const request = httpRequest(`${proxy.url}/echo`, {
      method: "POST",
      headers: declared ? { "content-length": 32 * block.length } : {},
    });
    const answer = once(request, "response") as Promise<[IncomingMessage]>;
    const sent = (async () => {
      for (let count = 0; count < 32; count++) if (!request.write(block)) await once(request, "drain");
      request.end();
    })();
    const [response] = await answer;
    let received = 0;
    for await (const chunk of response) {
      const expected = block.subarray(received % block.length).subarray(0, (chunk as Buffer).length);
      assert.ok((chunk as Buffer).subarray(0, expected.length).equals(expected));
      received += (chunk as Buffer).length;
    }
    await sent;
    assert.equal(received, 32 * block.length);
  }
});

test("a caller that does not read stops the upstream from sending more (backpressure)", async (t) => {
  const block = Buffer.alloc(256 * 1024);
  const stalled = Promise.withResolvers<number>();
  const { url } = await startUpstream(t, async (_request, response) => {
    let written = 0;
    // When no drain comes, everything between here and the caller is full.
    for (;;) {
      written += block.length;
      if (response.write(block)) continue;
      const drained = await Promise.race([
        once(response, "drain").then(() => true),
        new Promise<boolean>((resolve) => setTimeout(resolve, 1000, false)),
      ]);
      if (!drained) return stalled.resolve(written);
      if (written > 512 * 1024 * 1024) return stalled.resolve(written);
    }
  });
  const proxy = await startProxy(t, one(url));
  const socket = connect(proxy.port, "127.0.0.1");
  t.after(() => socket.destroy());
  socket.pause();
  socket.write(rawRequest("GET", "/endless", {}));
  assert.ok((await stalled.promise) < 512 * 1024 * 1024);
});

test("an event stream's head and events arrive one by one", async (t) => {
  const next = Promise.withResolvers<void>();
  const { url } = await startUpstream(t, async (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    await next.promise;
    response.write("data: 1\n\n");
  });
  const proxy = await startProxy(t, one(url));
  // The head is here before the first event exists.
  const response = await fetch(`${proxy.url}/events`);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  next.resolve();
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const { value } = await reader.read();
  assert.equal(Buffer.from(value ?? []).toString(), "data: 1\n\n");
  await reader.cancel();
});

test("a caller who leaves cancels the upstream's work, is counted as 499 and is no exposure", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  const { url } = await startUpstream(t, (_request, response) => {
    arrived.resolve();
    response.once("close", () => cancelled.resolve());
  });
  const proxy = await startProxy(t, one(url));
  const controller = new AbortController();
  const call = fetch(`${proxy.url}/slow`, { signal: controller.signal, headers: { "x-user-id": "alice" } });
  await arrived.promise;
  controller.abort();
  await assert.rejects(call);
  await cancelled.promise;
  assert.equal(await proxy.metric("ab_requests_total", { model_version: "only", status: "499" }), 1);
  assert.equal(await proxy.metric("ab_assignments_total", { model_version: "only" }), 1);
  assert.equal(await proxy.metric("ab_bucket_requests_total", { bucket: "22" }), 0);
  assert.equal(await proxy.metric("ab_upstream_in_flight", { model_version: "only" }), 0);
});

test("an upstream that answers before the upload's end does not cut the caller off", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => {
    response.writeHead(413, { "content-type": "text/plain" }).end("too large");
  });
  const proxy = await startProxy(t, one(url));
  const body = Buffer.alloc(8 * 1024 * 1024);
  const response = await fetch(`${proxy.url}/upload`, { method: "POST", body });
  assert.equal(response.status, 413);
  assert.equal(await response.text(), "too large");
});

test("a refused upload is drained, so that its caller reads the refusal and can go on", async (t) => {
  const { url } = await startUpstream(t, (request) => void request.resume());
  const proxies = [
    await startProxy(t, one(await unusedUrl())),
    await startProxy(t, one(`${url}`, "upstream: { max_in_flight: 1 }")),
  ];
  const body = "x".repeat(8 * 1024 * 1024);
  const chunk = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const heads = [
    `content-length: ${body.length}\r\n\r\n${body}`,
    `transfer-encoding: chunked\r\n\r\n${chunk}`,
  ];
  for (const [index, proxy] of proxies.entries())
    for (const head of heads) {
      const holder = index === 1 ? connect(proxy.port, "127.0.0.1") : undefined;
      // An upload without end holds the only place.
      holder?.write("POST /hold HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n");
      if (holder) while ((await proxy.metric("ab_upstream_in_flight")) !== 1);
      // Two requests on one connection, written before anything is read.
      const next = "GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
      const answer = await exchangeRaw(proxy.port, `POST / HTTP/1.1\r\nhost: a\r\n${head}${next}`);
      assert.equal(answer.status, index === 0 ? 502 : 503);
      assert.match(answer.text, /HTTP\/1\.1 404 Not Found/);
      holder?.destroy();
      while ((await proxy.metric("ab_upstream_in_flight")) !== 0);
    }
});

test("the proxy's own share does not grow with the length of a stream", async (t) => {
  const release = Promise.withResolvers<void>();
  const { url } = await startUpstream(t, async (_request, response) => {
    response.write("first");
    await release.promise;
    response.end("last");
  });
  const proxy = await startProxy(t, one(url));
  const response = await fetch(proxy.url);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  // The stream lasts at least as long as this scrape; the head left before it.
  const before = (await proxy.metric("ab_request_duration_seconds_count")) ?? 0;
  await new Promise((resolve) => setTimeout(resolve, 300));
  release.resolve();
  while (!(await reader.read()).done);
  while ((await proxy.metric("ab_request_duration_seconds_count")) === before);
  const duration = (await proxy.metric("ab_request_duration_seconds_sum")) ?? 0;
  const overhead = (await proxy.metric("ab_proxy_overhead_seconds_sum")) ?? 0;
  assert.ok(duration - overhead >= 0.25, `${overhead} of ${duration} s`);
});

test("HEAD, 204 and 304 have no body and keep the connection usable", async (t) => {
  const { url } = await startUpstream(t, (request, response) => {
    const status = Number(request.url?.slice(1));
    response
      .writeHead(status, status === 200 ? { "content-length": "5" } : {})
      .end(request.method === "HEAD" ? undefined : "");
  });
  for (const [framing, length] of [
    ["equal", null],
    ["pass", "5"],
  ] as const) {
    const proxy = await startProxy(t, one(url, `blind: { framing: ${framing} }`));
    const head = await fetch(`${proxy.url}/200`, { method: "HEAD" });
    assert.equal(head.headers.get("content-length"), length);
    for (const status of [204, 304]) assert.equal((await fetch(`${proxy.url}/${status}`)).status, status);
  }
});

test("connections to an upstream are kept alive, and given up before the upstream's own deadline", async (t) => {
  let connections = 0;
  const { url, server } = await startUpstream(t, (_request, response) => void response.end("ok"));
  server.keepAliveTimeout = 5_000;
  server.on("connection", () => connections++);
  const proxy = await startProxy(t, one(url));
  for (let round = 0; round < 20; round++)
    assert.equal((await fetch(proxy.url, { method: "POST", body: "x" })).status, 200);
  assert.equal(connections, 1);
  // The proxy closes the idle one: the upstream, whose deadline is later, never has to.
  const closedByProxy = Promise.withResolvers<void>();
  server.on("connection", (socket) => socket.once("end", () => closedByProxy.resolve()));
  await proxy.write(one(url, "upstream: { keep_alive: 50ms }"));
  await proxy.reload();
  await (await fetch(proxy.url)).text();
  await closedByProxy.promise;
});

test("callers that neither send nor read give their places back", async (t) => {
  const endless = Buffer.alloc(64 * 1024);
  const { url } = await startUpstream(t, (request, response) => {
    if (request.method === "POST") return void request.resume().once("end", () => response.end("ok"));
    const write = () => {
      while (response.write(endless));
      response.once("drain", write);
    };
    write();
  });
  const deadlines = "upstream: { max_in_flight: 2, first_byte_timeout: 100ms, idle_timeout: 100ms }";
  const proxy = await startProxy(t, one(url, deadlines));
  const stalls = [
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n",
    "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
  ];
  for (const bytes of stalls) {
    const socket = connect(proxy.port, "127.0.0.1").on("error", () => undefined);
    t.after(() => socket.destroy());
    socket.pause().write(bytes);
  }
  while ((await proxy.metric("ab_refusals_total", { code: "request_timeout" })) !== 2);
  assert.equal((await fetch(proxy.url, { method: "POST", body: "x" })).status, 200);
  while ((await proxy.metric("ab_upstream_in_flight")) !== 0);
});
