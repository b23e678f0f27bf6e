import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import test, { type TestContext } from "node:test";
import { exchangeRaw, rawRequest } from "../../../test/support/raw-http.ts";
import { configuration, startProxy } from "../../../test/support/running-proxy.ts";
import { startUpstream, unusedUrl } from "../../../test/support/upstream.ts";

const one = (url: string, more = "") => configuration({ only: url }, [100], more);

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A TCP server that answers every connection with the same bytes and then does as `after` says. */
async function startBytes(t: TestContext, bytes: string, after: "end" | "reset" | "stay"): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.write(bytes, () => {
        if (after === "end") socket.end();
        if (after === "reset") socket.resetAndDestroy();
      });
    });
    t.after(() => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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

test("an upstream that breaks off mid-body gives the caller a broken transfer, never a truncated success", async (t) => {
  for (const head of ["content-length: 100\r\n\r\nabc", "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"]) {
    for (const after of ["end", "reset"] as const) {
      const url = await startBytes(t, `HTTP/1.1 200 OK\r\n${head}`, after);
      const proxy = await startProxy(t, one(url));
      await assert.rejects(fetch(proxy.url).then((response) => response.text()));
      assert.equal(await proxy.metric("ab_requests_total", { model_version: "only", status: "502" }), 1);
    }
  }
});

test("an answer without length or chunks passes and is counted", async (t) => {
  const url = await startBytes(t, "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nabc", "end");
  const proxy = await startProxy(t, one(url));
  assert.equal(await (await fetch(proxy.url)).text(), "abc");
  assert.equal(await proxy.metric("ab_unframed_responses_total", { model_version: "only" }), 1);
});

const failures: readonly (readonly [string, (t: TestContext) => Promise<string>, number, string])[] = [
  ["that refuses connections", () => unusedUrl(), 502, "upstream_unreachable"],
  ["that resets before its answer", (t) => startBytes(t, "", "reset"), 502, "upstream_broken"],
  ["that closes before its answer", (t) => startBytes(t, "", "end"), 502, "upstream_broken"],
  ["that speaks no HTTP", (t) => startBytes(t, "SSH-2.0-OpenSSH\r\n", "stay"), 502, "upstream_broken"],
  ["that never answers", (t) => startBytes(t, "", "stay"), 504, "upstream_timeout"],
];
for (const [what, start, status, code] of failures) {
  test(`an upstream ${what} is a ${status} that does not name it`, async (t) => {
    const url = await start(t);
    const proxy = await startProxy(t, one(url, "upstream: { first_byte_timeout: 100ms }"));
    const response = await fetch(`${proxy.url}/predict`, { method: "POST", body: "{}" });
    const text = await response.text();
    assert.equal(response.status, status);
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.equal((JSON.parse(text) as { code: string }).code, code);
    assert.ok(!text.includes(new URL(url).port));
    assert.equal(await proxy.metric("ab_refusals_total", { code }), 1);
    assert.equal(
      await proxy.metric("ab_requests_total", { model_version: "only", status: String(status) }),
      1,
    );
  });
}

test("an upstream's 5xx keeps its status and loses its body; its 4xx passes, or is replaced where configured", async (t) => {
  const { url } = await startUpstream(t, (request, response) => {
    const status = Number(request.url?.slice(1));
    response
      .writeHead(status, { "retry-after": "7", "content-type": "text/plain" })
      .end("RobertaError in model.py");
  });
  const passing = await startProxy(t, one(url));
  const replacing = await startProxy(t, one(url, "blind: { client_errors: replace }"));
  const ask = async (proxy: { url: string }, status: number) => {
    const response = await fetch(`${proxy.url}/${status}`);
    return {
      status: response.status,
      retryAfter: response.headers.get("retry-after"),
      text: await response.text(),
    };
  };
  for (const status of [500, 503]) {
    const answer = await ask(passing, status);
    assert.equal(answer.status, status);
    assert.equal(answer.retryAfter, "7");
    assert.equal((JSON.parse(answer.text) as { code: string }).code, "upstream_error");
    assert.ok(!answer.text.includes("oberta"));
  }
  assert.equal((await ask(passing, 422)).text, "RobertaError in model.py");
  const replaced = await ask(replacing, 422);
  assert.equal(replaced.status, 422);
  assert.ok(!replaced.text.includes("oberta"));
});

test("more requests in flight than the limit are refused at once, with Retry-After, and never sent", async (t) => {
  let calls = 0;
  const release = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const { url } = await startUpstream(t, async (_request, response) => {
    calls++;
    arrived.resolve();
    await release.promise;
    response.end("late");
  });
  const proxy = await startProxy(t, one(url, "upstream: { max_in_flight: 1 }"));
  const first = fetch(proxy.url);
  await arrived.promise;
  const second = await fetch(proxy.url);
  assert.equal(second.status, 503);
  assert.equal(second.headers.get("retry-after"), "1");
  assert.equal(((await second.json()) as { code: string }).code, "too_many_in_flight");
  release.resolve();
  assert.equal(await (await first).text(), "late");
  assert.equal(calls, 1);
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

test("to an HTTP/1.0 caller a break is a reset: a close would be the regular end", async (t) => {
  const url = await startBytes(t, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n", "end");
  const proxy = await startProxy(t, one(url));
  const socket = connect(proxy.port, "127.0.0.1");
  socket.write("GET / HTTP/1.0\r\n\r\n");
  const [error] = (await once(socket.resume(), "error")) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNRESET");
});

test("a replaced 401 and 405 keep the headers that HTTP demands", async (t) => {
  const { url } = await startUpstream(t, (request, response) => {
    const status = Number(request.url?.slice(1));
    response
      .writeHead(status, { allow: "POST", "www-authenticate": "Bearer", "x-model": "roberta" })
      .end("x");
  });
  const proxy = await startProxy(t, one(url, "blind: { client_errors: replace }"));
  assert.equal((await fetch(`${proxy.url}/405`)).headers.get("allow"), "POST");
  assert.equal((await fetch(`${proxy.url}/401`)).headers.get("www-authenticate"), "Bearer");
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
  const proxy = await startProxy(t, one(url));
  const head = await fetch(`${proxy.url}/200`, { method: "HEAD" });
  assert.equal(head.headers.get("content-length"), "5");
  for (const status of [204, 304]) assert.equal((await fetch(`${proxy.url}/${status}`)).status, status);
});

test("information of an upstream (1xx) stays inside", async (t) => {
  const url = await startBytes(
    t,
    "HTTP/1.1 103 Early Hints\r\nlink: </roberta.css>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    "stay",
  );
  const proxy = await startProxy(t, one(url));
  const answer = await exchangeRaw(proxy.port, rawRequest("GET", "/", {}));
  assert.equal(answer.status, 200);
  assert.ok(!answer.text.includes("103"));
  assert.ok(!answer.text.includes("roberta"));
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
